package pdf

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestFontFiles: the files are the ones that were looked at, unchanged, because their licence reserves the name for unchanged ones.
func TestFontFiles(t *testing.T) {
	want := map[string]string{
		"SourceSans3_400Regular.ttf":   "393fb5b878ceed04aebc34b097e853ae5138c51d0c34b496ce8e2b47e0d0b94a",
		"SourceSans3_600SemiBold.ttf":  "bd2550fce2d295b0bf20bd8b1b7f1477da834f1066bd850aafdb4787a67a63ca",
		"SourceCodePro_400Regular.ttf": "1bd0bb61d974f62f9cc208a162fd3a7a13f95ba0b56b88b870730bf3ae1ba358",
		"OFL-SourceSans3.txt":          "09746787287a289323b0ec3cff4d1a4a801331b82b7207c1e186f5d26619a392",
		"OFL-SourceCodePro.txt":        "cb30d3086a8b3ce0b9e3690bf48d6620402b61160bc658076f95180ccd9e9dae",
	}
	for name, sum := range want {
		b, err := os.ReadFile(filepath.Join("fonts", name))
		if err != nil {
			t.Errorf("font file: %v", err)
			continue
		}
		if got := fmt.Sprintf("%x", sha256.Sum256(b)); got != sum {
			t.Errorf("sha256(%s) = %s, want %s", name, got, sum)
		}
	}
	ttfs, err := filepath.Glob("fonts/*.ttf")
	if err != nil || len(ttfs) != len(faceFiles) {
		t.Errorf("fonts/*.ttf: %v, %v, want %d files", ttfs, err, len(faceFiles))
	}
}

// TestFaceNames: the names that we write into the file are the fonts' own.
func TestFaceNames(t *testing.T) {
	for i, f := range faceFiles {
		b, err := fontFiles.ReadFile(f.file)
		if err != nil {
			t.Fatal(err)
		}
		wide := ""
		for _, r := range f.name {
			wide += "\x00" + string(r)
		}
		if !strings.Contains(string(b), wide) {
			t.Errorf("face %d: %s does not hold the name %q", i, f.file, f.name)
		}
	}
}

func TestMarksAreInTheFonts(t *testing.T) {
	faces, err := loadFaces()
	if err != nil {
		t.Fatal(err)
	}
	for tone, look := range toneLooks {
		for _, face := range []int{sans, bold} {
			if got := faces[face].guard(look.mark); got != look.mark {
				t.Errorf("mark of tone %q in face %d: %q, want %q", tone, face, got, look.mark)
			}
		}
	}
	for _, a := range faces {
		if got := a.guard("‹…–·›"); got != "‹…–·›" {
			t.Errorf("%s lacks signs of ours: %q", a.name, got)
		}
	}
}

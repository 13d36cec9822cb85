package pdf

import "testing"

// TestContrast holds the palette to its promise: text at least 4.5:1 on what it stands on, areas at least 3:1 on white.
func TestContrast(t *testing.T) {
	for name, c := range map[string]rgb{"ink": ink, "muted": muted, "accent": accent, "good": good, "warn": warn, "bad": bad} {
		for on, back := range map[string]rgb{"white": white, "zebra": zebra} {
			if got := contrast(c, back); got < 4.5 {
				t.Errorf("contrast(%s, %s) = %.2f, want 4.5", name, on, got)
			}
		}
	}
	if got := contrast(white, accent); got < 4.5 {
		t.Errorf("contrast(white, accent) = %.2f, want 4.5", got)
	}
	for tone, look := range toneLooks {
		if got := contrast(look.color, look.tint); got < 4.5 {
			t.Errorf("tone %q on its tint: %.2f, want 4.5", tone, got)
		}
	}
	for i, c := range heatColors {
		if got := contrast(legible(c), c); got < 4.5 {
			t.Errorf("heat %d: text %.2f, want 4.5", i, got)
		}
	}
	for i, c := range seriesColors {
		if got := contrast(c, white); got < 3 {
			t.Errorf("series %d on white: %.2f, want 3", i, got)
		}
		if i > 0 && contrast(c, seriesColors[i-1]) < 2 {
			t.Errorf("series %d and %d: %.2f, want 2", i-1, i, contrast(c, seriesColors[i-1]))
		}
	}
}

func TestCounted(t *testing.T) {
	for n, want := range map[int]string{0: "0 rows", 1: "1 row", 2000: "2,000 rows"} {
		if got := counted(n, "row"); got != want {
			t.Errorf("counted(%d, row) = %q, want %q", n, got, want)
		}
	}
}

func TestThousands(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 7: "7", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1000: "-1,000", -12: "-12"} {
		if got := thousands(n); got != want {
			t.Errorf("thousands(%d) = %q, want %q", n, got, want)
		}
	}
}

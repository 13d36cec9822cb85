package web

import (
	"context"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"agenttrail/internal/testenv"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// A browser that is shown our page, with what it complained about.
type browser struct {
	ctx        context.Context
	complaints []string
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(testenv.Chromium(t)), chromedp.NoSandbox, chromedp.Flag("disable-dev-shm-usage", true), chromedp.WSURLReadTimeout(time.Minute))
	all, end := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(end)
	ctx, end := chromedp.NewContext(all)
	t.Cleanup(end)
	ctx, end = context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(end)
	b := &browser{ctx: ctx}
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil { // begins the browser
		t.Fatal(err)
	}
	err := chromedp.Listen(ctx, func(e any) {
		if e, ok := e.(*runtime.EventExceptionThrown); ok {
			b.complaints = append(b.complaints, e.ExceptionDetails.Text)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// seen is what the browser says of the page.
type seen struct {
	Title, Verdict, Weight          string
	TooWide, Scripts, Images, Links int
}

const look = `({Title: document.title, Verdict: document.querySelector(".verdict").innerText, Weight: getComputedStyle(document.querySelector(".verdict")).fontWeight,
  TooWide: Math.max(0, document.documentElement.scrollWidth - window.innerWidth), Scripts: document.scripts.length, Images: document.images.length, Links: document.querySelectorAll("a").length})`

// TestPageInBrowser: in a real browser, at the width of a phone and of a desk: the stylesheet is in force under the policy, nothing runs, nothing is
// wider than the window, the text is large enough to read and to touch, and what the state says can be seen. AGENTTRAIL_TEST_SHOTS keeps the pictures.
func TestPageInBrowser(t *testing.T) {
	b := newBrowser(t)
	hostilePage := full()
	hostilePage.Findings[0].Text = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`
	for name, s := range map[string]*State{"full": full(), "hostile": hostilePage, "empty": {Tenant: "acme", At: noon}} {
		server := httptest.NewServer(site(s).Handler())
		for _, screen := range []struct {
			name          string
			width, height int64
		}{{"phone", 360, 740}, {"desk", 1280, 900}} {
			width := chromedp.EmulateViewport(screen.width, screen.height)
			if screen.name == "phone" {
				width = chromedp.EmulateViewport(screen.width, screen.height, chromedp.EmulateMobile)
			}
			if err := chromedp.Do(b.ctx, width, chromedp.Navigate(server.URL+"/")); err != nil {
				t.Fatalf("%s on a %s: %v", name, screen.name, err)
			}
			got, err := chromedp.Run(b.ctx, chromedp.Evaluate[seen](look))
			if err != nil {
				t.Fatalf("%s on a %s: %v", name, screen.name, err)
			}
			if want := (seen{Title: "acme: agenttrail", Verdict: s.Verdict().Text, Weight: "600", Links: len(s.Reports)}); got != want {
				t.Errorf("%s on a %s: the browser sees %+v, want %+v", name, screen.name, got, want)
			}
			picture, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
			if err != nil {
				t.Fatal(err)
			}
			if dir := os.Getenv("AGENTTRAIL_TEST_SHOTS"); dir != "" {
				if err := os.WriteFile(filepath.Join(dir, name+"-"+screen.name+".png"), picture, 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
		server.Close()
	}
	if len(b.complaints) > 0 {
		t.Errorf("the browser complains: %q", b.complaints)
	}
}

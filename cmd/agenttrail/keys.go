package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
)

func (a *app) keysCommand() *cobra.Command {
	keys := &cobra.Command{Use: "keys", Short: "The signing key of the trail"}
	keys.AddCommand(a.jsonFlag(&cobra.Command{
		Use:   "show",
		Short: "Print the verifier key and its fingerprint",
		Long: `Print the verifier key of the trail and its fingerprint. Give both to whoever will verify reports, by a way other than the reports
themselves: in the engagement letter, for example.`,
		Example: "  agenttrail keys show",
		Args:    args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.load()
			if err != nil {
				return err
			}
			s, err := signerOf(cmd.Context(), c)
			if err != nil {
				return err
			}
			if a.json {
				return printJSON(a.out, map[string]string{"verifier": s.Key(), "fingerprint": fingerprint(s.Key())})
			}
			fmt.Fprintf(a.out, "verifier     %s\nfingerprint  %s\n", s.Key(), fingerprint(s.Key()))
			return nil
		},
	}))
	return keys
}

// fingerprint is what people compare: SHA-256 of the verifier key in groups of four.
func fingerprint(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	var groups []string
	for i := 0; i < 16; i += 2 {
		groups = append(groups, fmt.Sprintf("%x", sum[i:i+2]))
	}
	return strings.Join(groups, " ")
}

// keyText reads a key given as text or as the name of a file.
func keyText(given string) (string, error) {
	if strings.Contains(given, "+") {
		return given, nil
	}
	b, err := os.ReadFile(given)
	if err != nil {
		return "", usage("--key: want a verifier key or the name of a file with one: %w", err)
	}
	return strings.TrimSpace(string(b)), nil
}

package agenttrail;

import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.email.UAX29URLEmailTokenizer;
import org.apache.lucene.analysis.miscellaneous.RemoveDuplicatesTokenFilter;
import org.apache.lucene.analysis.pattern.PatternCaptureGroupTokenFilter;
import org.elasticsearch.index.analysis.TokenFilterFactory;
import org.elasticsearch.index.analysis.TokenizerFactory;
import org.elasticsearch.indices.analysis.AnalysisModule.AnalysisProvider;
import org.elasticsearch.plugins.AnalysisPlugin;
import org.elasticsearch.plugins.Plugin;

/** Test only: the three analysis parts that the .security index asks for. */
public class AnalysisLite extends Plugin implements AnalysisPlugin {
  @Override public Map<String, AnalysisProvider<TokenFilterFactory>> getTokenFilters() {
    return Map.of(
      "pattern_capture", (index, env, name, s) -> {
        Pattern[] p = s.getAsList("patterns").stream().map(Pattern::compile).toArray(Pattern[]::new);
        boolean keep = s.getAsBoolean("preserve_original", true);
        return filter(name, ts -> new PatternCaptureGroupTokenFilter(ts, keep, p));
      },
      "unique", (index, env, name, s) -> filter(name, RemoveDuplicatesTokenFilter::new));
  }
  @Override public Map<String, AnalysisProvider<TokenizerFactory>> getTokenizers() {
    return Map.of("uax_url_email",
      (index, env, name, s) -> TokenizerFactory.newFactory(name, UAX29URLEmailTokenizer::new));
  }
  static TokenFilterFactory filter(String n, UnaryOperator<TokenStream> f) {
    return new TokenFilterFactory() {
      @Override public String name() { return n; }
      @Override public TokenStream create(TokenStream t) { return f.apply(t); }
    };
  }
}

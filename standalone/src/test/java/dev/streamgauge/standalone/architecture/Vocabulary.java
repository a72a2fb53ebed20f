package dev.streamgauge.standalone.architecture;

import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Words that the project does not use, since the field has a standard term, or plain English a plainer one. */
final class Vocabulary {

    /**
     * A word to avoid.
     *
     * @param name how the list of exceptions calls it
     * @param pattern what it looks like, in prose and in names
     * @param instead what to say
     */
    record BannedWord(String name, Pattern pattern, String instead) {

        private static BannedWord of(String name, String pattern, String instead) {
            return new BannedWord(name, Pattern.compile(pattern, Pattern.CASE_INSENSITIVE), instead);
        }
    }

    private static final List<BannedWord> WORDS = List.of(
            BannedWord.of("refuse", "refus(e|al|ing)", "reject"),
            BannedWord.of("bury", "\\bbur(y|ie)|[a-z]Bur(y|ie)|\\bburial", "dead-letter, dead letter"),
            BannedWord.of("judge", "judg(e|ing|ment)", "validate"),
            BannedWord.of("verdict", "verdict", "result"),
            BannedWord.of("horizon", "horizon(?!tal)", "watermark"),
            BannedWord.of("familiar", "familiar", "template, template cache"),
            BannedWord.of("label text", "label[ _]?text", "canonical labels"),
            BannedWord.of("shared look", "shared[ _]?look", "coalescing poller"),
            BannedWord.of("taker", "\\btakers?\\b|[a-z]Takers?(?![a-z])", "subscriber, visitor, consumer"),
            BannedWord.of("held entries", "held[ _]?entries", "deferred entries"),
            BannedWord.of("sketch bins", "(?<!dd)sketch[ _]?bins", "DDSketch"),
            BannedWord.of("exact sum", "exact[ _]?sum", "compensated sum, double-double"),
            BannedWord.of("headroom", "headroom|low on memory", "memory pressure"),
            BannedWord.of("foreign", "foreign", "unexpected data in a key"),
            BannedWord.of("for ever", "\\bfor ever\\b", "forever"),
            BannedWord.of("anew", "\\banew\\b|[a-z]Anew(?![a-z])", "again"),
            BannedWord.of("somebody", "(some|any)body(?! \\{)(?![a-z])", "another process, any client"),
            BannedWord.of("whoever", "who(m)?ever", "each, any client"),
            BannedWord.of("nobody", "(?-i)[nN]obody", "no process, no client"),
            BannedWord.of("of which", "\\bof which\\b", "a sentence of its own"),
            BannedWord.of("as good as", "\\bas good as\\b", "the fact itself"),
            BannedWord.of("to that end", "\\bto that end\\b", "so, therefore"),
            BannedWord.of("it is told", "\\b(it is|is it) told\\b", "the subject that says it"),
            BannedWord.of("that is none", "\\b(that|which) (is|are) none\\b", "a plain negation"));

    private Vocabulary() {}

    /** What to say instead of each word. */
    static Map<String, String> insteads() {
        return WORDS.stream().collect(Collectors.toMap(BannedWord::name, BannedWord::instead));
    }

    /** The words that occur in a line. */
    static Stream<BannedWord> bannedIn(String line) {
        return WORDS.stream().filter(word -> word.pattern().matcher(line).find());
    }
}

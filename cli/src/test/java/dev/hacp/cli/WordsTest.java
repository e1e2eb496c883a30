package dev.hacp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The words of CONTRIBUTING.md: what a person reads of hacp says the new ones, and no log message hides a key.
class WordsTest {

    private static final Path ROOT = Path.of("..");
    private static final List<String> MODULES = List.of("core", "leader", "vip", "lb", "bgp", "agent", "cli");
    private static final List<String> TEXTS = List.of("README.md", "SECURITY.md", "docs", "deploy");
    private static final Pattern READABLE = Pattern.compile(".*\\.(java|md|ya?ml|html|js|json|service)");

    /// What must not be written => what to write. A space is any white space, also a line break within a comment or
    /// between the parts of a string; small letters stand for capitals as well. The left side is a regular expression.
    private static final String WORDS = """
            any more => no longer …
            owns the VIP no more => no longer owns the VIP
            the Lease no more => can no longer renew the Lease
            anew => again
            whoever => anyone who, or who it is
            meanwhile => in the meantime
            for ever => forever
            time-outs? => timeout
            set-up => setup
            take-overs? => takeover
            good-bye => goodbye
            lest => so that … not
            , too(?!\\w| (?:few|little|many|much|long|late|short)) => as well
            st(?:oo|an)ds? still => is paused
            (?<!that )member is (?:not )?heard => member reachable, member silent
            takes for owner => follows
            word of the owner before => word of the previous owner
            well (?:before 'kubeadm|when) => expected before, fine if
            (?:that is|are|is not) meant (?:now|any|to come) => is configured
            told at once => reported together, reported at once
            told as an? => reported as
            the majority's word => the majority's attestation
            holding by it => ownership rests on it
            stays to expire => leaving the Lease to expire
            put back and announced => added again and announced
            has not got => does not have
            ordered by hand => operator changed …
            in doubt: checked => suspect: checked
            is no (?:kubeconfig|folder|json|base64|number|histogram|option) => is not a …
            without further ado => (leave it out)
            at most so (?:many|long) => how many, the longest time
            has not turned for => has not run for
            the address side => the address keeper
            held up to => validated against
            march in step => are synchronized
            tuned at its best => at its best tuning
            is deaf to => does not notice
            say that -- => confirm --
            print this and exit => print this help and exit
            nobody's failure => ignored
            that nobody asked for => unsolicited
            is there and is kept => exists and is kept
            """;

    private static final String LITERALS = "((?:\"(?:[^\"\\\\\\n]++|\\\\.)*+\"\\s*\\+?\\s*)+)";
    private static final Pattern PROSE = Pattern.compile("\"\"\"(?s:.*?)\"\"\"|\"(?:[^\"\\\\\\n]++|\\\\.)*+\"|"
            + "'(?:[^'\\\\\\n]++|\\\\.)++'|//[^\\n]*");
    private static final Pattern MESSAGE = Pattern.compile("\\b(?:log|LOG)\\s*\\.(?:trace|debug|info|warn|error)\\(\\s*"
            + LITERALS + "|\\.log\\(\\s*" + LITERALS
            + "|(?:record|journal)\\(\\s*(?:Journal\\.)?Kind\\.\\w+,\\s*" + LITERALS);
    private static final Pattern PART = Pattern.compile("\"((?:[^\"\\\\\\n]|\\\\.)*)\"");
    private static final Pattern KEY = Pattern.compile("\\w=(?:\\\\\")?\\{}");
    private static final Pattern CAPITAL = Pattern.compile("[A-Z][a-z ].*");
    private static final Pattern NAME = Pattern.compile("(?:Lease|Kubernetes|Netty|Java)\\b.*");

    @Test
    void nobodyReadsTheOldWords() throws IOException {
        List<String> found = new ArrayList<>();
        for (Path file : readable()) {
            oldWords(file.getFileName().toString(), Files.readString(file))
                    .forEach((where, say) -> found.add(ROOT.relativize(file) + ": " + where + " (say: " + say + ")"));
        }
        assertThat(found).isEmpty();
    }

    @Test
    void noLogMessageHidesAKeyOrBeginsWithACapital() throws IOException {
        List<String> found = new ArrayList<>();
        for (Path file : readable()) {
            if (file.toString().endsWith(".java")) {
                wrongMessages(Files.readString(file))
                        .forEach(message -> found.add(ROOT.relativize(file) + ": " + message));
            }
        }
        assertThat(found).as("keys by addKeyValue, small letters, the owner is not called leader").isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            a.java   | log.warn("this node owns the VIP "\\n + "no more");
            a.java   | /// It is no member any\\n    /// more.
            a.java   | "lives for" + " ever"
            a.md     | the agent is silent,\\ntoo.
            a.yaml   | # takes the other\\n    # for dead meanwhile
            a.md     | Whoever reads this.
            a.java   | boolean anew = anew(); // asks anew
            """)
    void oldWordsAreFoundAcrossLines(String name, String text) {
        assertThat(oldWords(name, text.replace("\\n", "\n"))).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            log.info("lost member={}", name);
            log.warn("lost "\\n + "reason=\\"{}\\"", why);
            log.atInfo().log("Lost the member");
            journal.record(Journal.Kind.LINK, "the leader has lost its link", "vip", vip);
            """)
    void wrongMessagesAreFound(String code) {
        assertThat(wrongMessages(code.replace("\\n", "\n"))).hasSize(1);
    }

    @Test
    void ordinaryWordsAreLeftAlone() {
        assertThat(oldWords("a.md", "Too late, too few: forever at one timeout, and no more than that.")).isEmpty();
        assertThat(wrongMessages("log.info(\"Lease renewed in {} ms\", n); log.warn(\"{}: lost\", name);")).isEmpty();
    }

    private static List<Path> readable() throws IOException {
        List<Path> folders = new ArrayList<>();
        MODULES.forEach(module -> folders.add(ROOT.resolve(module).resolve("src/main")));
        TEXTS.forEach(text -> folders.add(ROOT.resolve(text)));
        List<Path> files = new ArrayList<>();
        for (Path folder : folders) {
            if (Files.exists(folder)) {
                try (Stream<Path> all = Files.walk(folder)) {
                    all.filter(file -> READABLE.matcher(file.toString()).matches()).filter(Files::isRegularFile)
                            .filter(file -> !file.toString().contains("/target/")).sorted().forEach(files::add);
                }
            }
        }
        assertThat(files).as("the checkout around this module").hasSizeGreaterThan(300);
        return files;
    }

    /// @return the place in some words, and what to say there
    private static Map<String, String> oldWords(String name, String text) {
        String flat = (name.endsWith(".java") ? prose(text) : text.replaceAll("\\n\\s*(?:# |// )?", " "))
                .replaceAll("\\s+", " ");
        Map<String, String> found = new LinkedHashMap<>();
        for (String line : WORDS.lines().toList()) {
            String[] word = line.split(" => ", 2);
            String old = word[0];
            String before = Character.isLetter(old.charAt(0)) ? "(?<![\\w-])" : "";
            String after = Character.isLetter(old.charAt(old.length() - 1)) ? "(?![\\w-])" : "";
            Matcher place = Pattern.compile(before + old + after, Pattern.CASE_INSENSITIVE).matcher(flat);
            while (place.find()) {
                String around = flat.substring(Math.max(0, place.start() - 30),
                        Math.min(flat.length(), place.end() + 15));
                found.put("… " + around + " …", word[1]);
            }
        }
        return found;
    }

    /// Comments and strings of a source; what Java divides over lines is one text.
    private static String prose(String java) {
        StringBuilder prose = new StringBuilder();
        Matcher token = PROSE.matcher(java);
        int end = 0;
        while (token.find()) {
            String text = token.group();
            if (!text.startsWith("'")) {
                String between = java.substring(end, token.start());
                boolean comment = text.startsWith("//");
                if (comment) {
                    prose.append(between.isBlank() ? " " : " ¶ ").append(text.replaceFirst("///? ?", ""));
                } else {
                    prose.append(between.strip().equals("+") ? "" : " ¶ ").append(text, 1, text.length() - 1);
                }
                end = token.end();
            }
        }
        return prose.toString();
    }

    private static List<String> wrongMessages(String code) {
        List<String> wrong = new ArrayList<>();
        Matcher calls = MESSAGE.matcher(code);
        while (calls.find()) {
            StringBuilder message = new StringBuilder();
            Matcher parts = PART.matcher(calls.group());
            while (parts.find()) {
                message.append(parts.group(1));
            }
            String text = message.toString();
            boolean capital = CAPITAL.matcher(text).matches() && !NAME.matcher(text).matches();
            if (capital || KEY.matcher(text).find() || text.matches("(?i).*\\bleader\\b.*")) {
                wrong.add(text);
            }
        }
        return wrong;
    }
}

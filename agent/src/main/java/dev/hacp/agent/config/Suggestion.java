package dev.hacp.agent.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/// "Did you mean": the known word nearest to a mistyped one.
public final class Suggestion {

    private Suggestion() {}

    /// The nearest of `known`, when it is near enough to be meant: other spelling of the same words (`renewDeadline`),
    /// or few letters off.
    public static Optional<String> nearest(String word, Collection<String> known) {
        String plain = plain(word);
        return known.stream().map(candidate -> new Candidate(candidate, distance(plain, plain(candidate))))
                .filter(candidate -> candidate.distance() <= Math.max(1, plain.length() / 3))
                .min(Comparator.comparingInt(Candidate::distance)).map(Candidate::word);
    }

    /// ` (did you mean renew-deadline?)`, or nothing.
    public static String hint(String word, Collection<String> known) {
        return nearest(word, known).map(near -> " (did you mean " + near + "?)").orElse("");
    }

    private record Candidate(String word, int distance) {}

    private static String plain(String word) {
        return word.toLowerCase(Locale.ROOT).replaceAll("[-_. ]", "");
    }

    /// Damerau-Levenshtein with adjacent transpositions (optimal string alignment).
    private static int distance(String a, String b) {
        int[][] d = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    d[i][j] = i + j;
                    continue;
                }
                int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                d[i][j] = Math.min(Math.min(d[i - 1][j] + 1, d[i][j - 1] + 1), d[i - 1][j - 1] + change);
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
                }
            }
        }
        return d[a.length()][b.length()];
    }
}

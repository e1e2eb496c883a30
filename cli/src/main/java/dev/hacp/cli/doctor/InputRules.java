package dev.hacp.cli.doctor;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The rules that one chain of the hook `input` meets, with all that it jumps to, as `nft list ruleset` shows them.
///
/// @param drops whether what no rule allows is dropped or rejected
record InputRules(String table, List<String> rules, boolean drops) {

    private static final Pattern TABLE = Pattern.compile("table (\\S+ \\S+) \\{");
    private static final Pattern CHAIN = Pattern.compile("\\s*chain (\\S+) \\{");
    private static final Pattern JUMP = Pattern.compile("\\b(?:jump|goto) ([^\\s,}]+)");
    private static final Pattern PORTS = Pattern.compile("(?:tcp|th) dport (\\{[^}]*\\}|\\S+)");
    private static final Pattern ECHO = Pattern.compile(
            "(?:protocol|l4proto) (?:\\{[^}]*)?\\bicmp\\b|\\bicmp type (?:\\{[^}]*)?\\becho-request\\b");
    private static final Pattern REFUSAL = Pattern.compile("\\b(?:drop|reject)\\b");
    private static final Pattern ACCEPTANCE = Pattern.compile("\\baccept\\b");
    /// Counters and log lines are no conditions.
    private static final Pattern ALL = Pattern.compile(
            "(?:counter packets \\d+ bytes \\d+ |counter |log (?:prefix \"[^\"]*\" )?(?:level \\S+ )?)*(?:drop|reject(?: with .*)?)");
    /// What a rule is about when it is not about a new connection of somebody else to a TCP port of ours.
    private static final Pattern ELSEWHERE = Pattern
            .compile("\\bct (?:state|status)|\\budp\\b|\\biif(?:name)? \"?lo\\b|sport");

    InputRules {
        rules = List.copyOf(rules);
    }

    /// One for each chain of that hook.
    static List<InputRules> parse(String ruleset) {
        List<InputRules> found = new ArrayList<>();
        Map<String, List<String>> chains = new LinkedHashMap<>();
        String table = "";
        List<String> chain = new ArrayList<>();
        for (String line : ruleset.lines().toList()) {
            Matcher start = TABLE.matcher(line);
            Matcher name = CHAIN.matcher(line);
            if (start.matches()) {
                collect(table, chains, found);
                table = start.group(1);
                chains.clear();
            } else if (name.matches()) {
                chain = new ArrayList<>();
                chains.put(name.group(1), chain);
            } else {
                chain.add(line.strip());
            }
        }
        collect(table, chains, found);
        return found;
    }

    private static void collect(String table, Map<String, List<String>> chains, List<InputRules> found) {
        for (List<String> chain : chains.values()) {
            if (chain.stream().anyMatch(rule -> rule.startsWith("type filter hook input"))) {
                boolean drops = chain.stream()
                        .anyMatch(rule -> rule.contains("policy drop") || ALL.matcher(rule).matches());
                found.add(new InputRules(table, reached(chain, chains), drops));
            }
        }
    }

    private static List<String> reached(List<String> base, Map<String, List<String>> chains) {
        Set<String> seen = new LinkedHashSet<>();
        List<String> rules = new ArrayList<>();
        Deque<List<String>> open = new ArrayDeque<>(List.of(base));
        while (!open.isEmpty()) {
            for (String rule : open.pop()) {
                rules.add(rule);
                Matcher jump = JUMP.matcher(rule);
                while (jump.find()) {
                    if (seen.add(jump.group(1))) {
                        open.add(chains.getOrDefault(jump.group(1), List.of()));
                    }
                }
            }
        }
        return rules;
    }

    boolean refusesPort(int port) {
        return refuses(rule -> namesPort(rule, port));
    }

    /// ICMP echo over IPv4.
    boolean refusesEcho() {
        return refuses(rule -> ECHO.matcher(rule).find());
    }

    private boolean refuses(Predicate<String> isAboutIt) {
        boolean allowed = false;
        for (String rule : rules) {
            if (rule.startsWith("type ") || ELSEWHERE.matcher(rule).find()) {
                continue;
            }
            boolean named = isAboutIt.test(rule);
            if (named && REFUSAL.matcher(rule).find() && !rule.contains("saddr")) {
                return true;
            }
            // By the sender's address or the interface, or for all.
            boolean wide = !PORTS.matcher(rule).find() && !rule.contains("icmp");
            allowed |= (named || wide) && ACCEPTANCE.matcher(rule).find();
        }
        return drops && !allowed;
    }

    /// A named set may have any port.
    private static boolean namesPort(String rule, int port) {
        Matcher ports = PORTS.matcher(rule);
        while (ports.find()) {
            for (String part : ports.group(1).replaceAll("[{},]", " ").strip().split("\\s+")) {
                if (part.startsWith("@") || isIn(port, part.split("-", 2))) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean isIn(int port, String[] range) {
        String first = range[0];
        String last = range[range.length - 1];
        return first.matches("\\d{1,5}") && last.matches("\\d{1,5}") && Integer.parseInt(first) <= port
                && port <= Integer.parseInt(last);
    }
}

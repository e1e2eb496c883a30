package dev.hacp.agent.config;

import dev.hacp.agent.config.Option.Default;
import dev.hacp.agent.config.Option.Group;
import dev.hacp.agent.config.Option.Scope;
import dev.hacp.agent.config.Option.Shape;
import java.util.List;
import java.util.stream.Collectors;

/// docs/configuration.md, from the table of options.
final class ConfigurationPage {

    private static final String HEAD = """
            # Configuration

            This page is generated from the code (`dev.hacp.agent.config.Options`); a test fails when it is stale.

            Each setting can be given in four places, and the first that has it wins:

            1. a flag: `--renew-deadline 10s`
            2. an environment variable: `HACP_RENEW_DEADLINE=10s`
            3. a key of the YAML file named by `--config FILE` (or `HACP_CONFIG`): `renew-deadline: 10s`
            4. the default

            - Settings marked *several* are given by repeating the flag, by commas in a variable or flag, or by a YAML list. The
              place that wins gives the whole list; lists are not joined.
            - Durations carry a unit: `250ms`, `15s`, `1m30s`, `2h`. A switch without value (`--preempt`) means `true`;
              `--rebalance=false` switches off. An empty variable counts as not given.
            - A key, flag or `HACP_` variable that hacp does not know is an error, not a warning. All problems are reported together,
              each with its source, and the exit code is 2:

            ```
            hacp run: the configuration has 2 problems:
              lease-duraton: unknown key (did you mean lease-duration?) from hacp.yaml:3 lease-duraton
              renew-deadline: 20s (expected: < lease-duration 15s) from --renew-deadline
            ```

            A file for `hacp run`:

            ```yaml
            vip:
            - 10.0.0.10
            - fd00::10
            interface: eth1
            log-format: json
            ```

            ## `hacp run`
            """;

    private static final String BALANCE = """

            ## `hacp balance`

            The balancer alone takes these; where nothing else is said they mean the same as above.
            """;

    private ConfigurationPage() {}

    public static String render() {
        StringBuilder page = new StringBuilder(HEAD);
        for (Group group : Group.values()) {
            List<Option<?>> options = Options.of(Scope.RUN).stream().filter(option -> option.group() == group).toList();
            if (!options.isEmpty()) {
                page.append("\n### ").append(group.heading()).append("\n\n");
                table(page, options, Scope.RUN);
            }
        }
        page.append(BALANCE).append('\n');
        table(page, Options.of(Scope.BALANCE), Scope.BALANCE);
        return page.toString();
    }

    private static void table(StringBuilder page, List<Option<?>> options, Scope scope) {
        page.append("| Flag and key | Variable | Default | What it does |\n|---|---|---|---|\n");
        for (Option<?> option : options) {
            String several = option.shape() == Shape.MANY ? "*several* " : "";
            page.append("| `--").append(option.key()).append(" ").append(option.placeholder().replace("|", "\\|"))
                    .append("` | `").append(option.variable()).append("` | ").append(words(option.defaultIn(scope)))
                    .append(" | ").append(several).append(option.help().replace("|", "\\|")).append(" |\n");
        }
    }

    private static String words(Default value) {
        boolean literal = value.words().equals(value.texts().stream().collect(Collectors.joining(",")));
        return literal && !value.texts().isEmpty() ? "`" + value.words() + "`" : value.words();
    }
}

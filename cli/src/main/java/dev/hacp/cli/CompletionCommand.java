package dev.hacp.cli;

import dev.hacp.core.ConfigurationException;
import java.util.List;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/// `hacp completion`: the shell's help with typing.
final class CompletionCommand {

    private CompletionCommand() {}

    static CommandLine create(Terminal terminal) {
        CommandSpec spec = Usage.command(result -> {
            String shell = result.matchedPositionalValue(0, "");
            if (!shell.equals("bash") && !shell.equals("zsh")) {
                throw new ConfigurationException(List.of("SHELL: " + (shell.isEmpty() ? "none given" : shell)
                        + " (expected: bash or zsh)"));
            }
            // picocli's script serves both: under zsh it loads bashcompinit itself.
            terminal.out().print(AutoComplete.bash("hacp", Commands.tree(terminal)));
            return Exit.OK;
        }, "completion", "completion bash|zsh", "Print a completion script for the shell.",
                List.of("It completes a command named hacp: an alias or a script around 'java -jar hacp.jar'."),
                List.of("in this shell", "source <(hacp completion bash)", "permanently",
                        "hacp completion bash > /etc/bash_completion.d/hacp"));
        spec.addPositional(PositionalParamSpec.builder().paramLabel("SHELL").type(String.class).index("0").arity("0..1")
                .completionCandidates(List.of("bash", "zsh")).description("bash or zsh.").build());
        return new CommandLine(spec);
    }
}

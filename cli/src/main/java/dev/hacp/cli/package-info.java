/// The command line: one class per command, exit codes, help. [Main] is the launcher in Java 8 bytecode (src/main/launcher).
///
/// Commands parse, call and print; what they call lives in the packages below and in the module `agent`.
@NullMarked
package dev.hacp.cli;

import org.jspecify.annotations.NullMarked;

/// How the commands lay out what an agent tells: tables, and the screen of `hacp status`. Reads JSON and gives text; asks
/// nobody.
@NullMarked
package dev.hacp.cli.console;

import org.jspecify.annotations.NullMarked;

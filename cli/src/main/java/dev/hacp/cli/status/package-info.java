/// What a running agent tells about itself, read over HTTP from its admin address and laid out for people.
@NullMarked
package dev.hacp.cli.status;

import org.jspecify.annotations.NullMarked;

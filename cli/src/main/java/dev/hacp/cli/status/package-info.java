/// What a running agent tells about itself: the model, its JSON, and how it is read over HTTP and laid out for people.
@NullMarked
package dev.hacp.cli.status;

import org.jspecify.annotations.NullMarked;

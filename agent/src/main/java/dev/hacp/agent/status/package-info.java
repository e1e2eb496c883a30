/// What a running agent tells about itself: the model, its JSON, and how it is read over HTTP.
@NullMarked
package dev.hacp.agent.status;

import org.jspecify.annotations.NullMarked;

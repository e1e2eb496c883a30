/// Configuration: one table of options ([Options]) that drives flags, environment variables, YAML keys, help and
/// docs/configuration.md, and what it is read into: the modules' own settings, which say themselves what fits.
///
/// Of the modules only those records are known here. Nothing here opens a socket, resolves a name or reads a credential.
@NullMarked
package dev.hacp.agent.config;

import org.jspecify.annotations.NullMarked;

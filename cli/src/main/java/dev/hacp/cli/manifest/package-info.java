/// What an operator applies: the manifests as text, from templates in the jar and the options given.
///
/// Nothing here asks a cluster; what a template says is held up to a real API server by ManifestIT.
@NullMarked
package dev.hacp.cli.manifest;

import org.jspecify.annotations.NullMarked;

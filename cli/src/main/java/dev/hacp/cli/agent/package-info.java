/// The composition root: the one place where leader, vip and lb meet.
@NullMarked
package dev.hacp.cli.agent;

import org.jspecify.annotations.NullMarked;

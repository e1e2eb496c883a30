/// Where clients come in: listening sockets, and who is admitted (total, per source, rate, allow list). What happens to an
/// admitted connection is `dev.hacp.lb.relay`'s.
@NullMarked
package dev.hacp.lb.frontend;

import org.jspecify.annotations.NullMarked;

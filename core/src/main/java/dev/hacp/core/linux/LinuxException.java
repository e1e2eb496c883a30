package dev.hacp.core.linux;

import java.io.IOException;

/// A system call that failed: which one, and the error number.
public final class LinuxException extends IOException {

    private static final long serialVersionUID = 1L;

    private final int errno;

    public LinuxException(String operation, int errno) {
        super(operation + ": " + Errno.text(errno));
        this.errno = errno;
    }

    public int errno() {
        return errno;
    }
}

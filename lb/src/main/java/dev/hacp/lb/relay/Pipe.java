package dev.hacp.lb.relay;

import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;

/// A kernel pipe that carries the bytes of one direction while it is spliced.
final class Pipe {

    final FileDescriptor out;
    final FileDescriptor in;
    /// Bytes inside.
    int bytes;

    Pipe(FileDescriptor out, FileDescriptor in) {
        this.out = out;
        this.in = in;
    }

    void close() {
        try {
            out.close();
            in.close();
        } catch (IOException e) {
            PipePool.log.debug("close of a pipe: {}", e.getMessage());
        }
    }
}

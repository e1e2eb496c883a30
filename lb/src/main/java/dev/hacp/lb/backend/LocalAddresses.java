package dev.hacp.lb.backend;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;

/// Which addresses this host has, asked from the kernel each time.
final class LocalAddresses {

    private LocalAddresses() {}

    static boolean contains(InetAddress address) {
        try {
            return address.isLoopbackAddress() || NetworkInterface.getByInetAddress(address) != null;
        } catch (SocketException e) {
            return false;
        }
    }
}

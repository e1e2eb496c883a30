package dev.hacp.vip.address;

import dev.hacp.core.MacAddress;
import dev.hacp.core.VirtualIp;

/// A machine outside this cluster answers for the VIP: it was not taken.
final class VipConflictException extends Exception {

    private static final long serialVersionUID = 1L;

    private final transient VirtualIp vip;
    private final transient MacAddress mac;

    VipConflictException(VirtualIp vip, MacAddress mac) {
        super(describe(vip, mac));
        this.vip = vip;
        this.mac = mac;
    }

    static String describe(VirtualIp vip, MacAddress mac) {
        return "the machine with MAC address " + mac + ", no member of this cluster, answers for the VIP " + vip
                + ": remove the address there, or choose another VIP";
    }

    public VirtualIp vip() {
        return vip;
    }

    public MacAddress mac() {
        return mac;
    }
}

package dev.hacp.cli.importing;

import java.util.Map;
import java.util.regex.Pattern;

/// Tells the kinds of files apart and reads each.
public final class Importer {

    private static final Pattern KEEPALIVED = Pattern.compile("(?m)^\\s*(vrrp_instance|virtual_server|global_defs)\\b");
    private static final Pattern HAPROXY = Pattern.compile("(?m)^(global|defaults|frontend|backend|listen)\\b");
    private static final Pattern KUBE_VIP = Pattern.compile("kube-vip");

    private Importer() {}

    /// @param files name and text
    /// @throws IllegalArgumentException for a file of another kind
    public static Imported read(Map<String, String> files) {
        Imported result = new Imported();
        files.forEach((name, text) -> {
            if (KEEPALIVED.matcher(text).find()) {
                new KeepalivedFile(name, result).read(text);
            } else if (HAPROXY.matcher(text).find()) {
                new HaproxyFile(name, result).read(text);
            } else if (KUBE_VIP.matcher(text).find()) {
                new KubeVipFile(name, result).read(text);
            } else {
                throw new IllegalArgumentException(
                        name + " (expected: a kube-vip manifest, keepalived.conf or haproxy.cfg)");
            }
        });
        return result;
    }
}

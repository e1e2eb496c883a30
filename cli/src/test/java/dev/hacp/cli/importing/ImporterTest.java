package dev.hacp.cli.importing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.agent.config.AgentConfig;
import dev.hacp.agent.config.ConfigReader;
import dev.hacp.agent.config.Surroundings;
import dev.hacp.cli.Invocation;
import dev.hacp.lb.backend.Policy;
import dev.hacp.lb.health.HealthConfig;
import dev.hacp.lb.health.HealthMode;
import dev.hacp.testbed.Golden;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImporterTest {

    private static final String KEEPALIVED = """
            ! Configuration File for keepalived
            global_defs {
                router_id LVS_DEVEL
            }
            vrrp_script check_apiserver {
              script "/etc/keepalived/check_apiserver.sh"
              interval 3
            }

            vrrp_instance VI_1 {
                state MASTER
                interface eth1
                virtual_router_id 51
                priority 101
                advert_int 1
                garp_master_refresh 60
                authentication {
                    auth_type PASS
                    auth_pass 42
                }
                virtual_ipaddress { 10.0.0.10/24 dev eth1 }
                track_script {
                    check_apiserver
                }
                smtp_alert
            }
            """;
    private static final String HAPROXY = """
            global
                log stdout format raw local0
                daemon
            defaults
                mode                    http
                option                  httplog
                retries                 1
                timeout connect         5000
                timeout client          35s
                timeout check           10s # a remark
            frontend apiserver
                bind *:8443
                mode tcp
                option tcplog
                default_backend apiserverbackend
            backend apiserverbackend
                option httpchk
                http-check connect ssl
                http-check send meth GET uri /healthz
                mode tcp
                balance     roundrobin
                default-server inter 10s downinter 5s rise 2 fall 4 slowstart 60s weight 100
                server cp1 10.0.0.1:6443 check verify none
                server cp2 10.0.0.2:6443 check verify none
                server cp3 ${HOST3_ADDRESS}:6443 check verify none
                stick-table type ip size 1m
            """;
    private static final String KUBE_VIP = """
            apiVersion: v1
            kind: Pod
            metadata:
              name: kube-vip
            spec:
              containers:
              - args: [manager]
                name: kube-vip
                image: example.org/kube-vip:v1.2.3
                env:
                - {name: vip_arp, value: "true"}
                - {name: port, value: "6443"}
                - {name: vip_nodename, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}
                - {name: vip_interface, value: ens3}
                - {name: cp_enable, value: "true"}
                - {name: cp_namespace, value: kube-system}
                - {name: svc_enable, value: "true"}
                - {name: vip_leaderelection, value: "true"}
                - {name: vip_leasename, value: plndr-cp-lock}
                - {name: vip_leaseduration, value: "5"}
                - {name: address, value: "10.0.0.10,fd00::10"}
                - {name: prometheus_server, value: ":2112"}
            """;

    @TempDir
    private Path folder;

    @Test
    void keepalivedAndHaproxyOfTheKubeadmGuideBecomeOneAgent() {
        Imported imported = read("keepalived.conf", KEEPALIVED, "haproxy.cfg", HAPROXY);
        AgentConfig config = config(imported);
        assertThat(config.address().vips()).extracting(Object::toString).containsExactly("10.0.0.10");
        assertThat(config.address().interfaceName()).contains("eth1");
        assertThat(config.address().port()).isEqualTo(8443);
        assertThat(config.address().garpInterval()).isEqualTo(Duration.ofMinutes(1));
        assertThat(config.election().priority()).isEqualTo(101);
        assertThat(config.election().preempt()).isTrue();
        assertThat(config.balancer().backends()).extracting(Object::toString).containsExactly("10.0.0.1:6443",
                "10.0.0.2:6443");
        assertThat(config.balancer().spread().policy()).isEqualTo(Policy.ROUND_ROBIN);
        assertThat(config.balancer().health())
                .isEqualTo(new HealthConfig(HealthMode.HTTPS, Duration.ofSeconds(10), 4, 2,
                        Duration.ofSeconds(10)));
        assertThat(config.balancer().relay().connectTimeout()).isEqualTo(Duration.ofSeconds(5));
        assertThat(config.balancer().spread().slowStart()).isEqualTo(Duration.ofMinutes(1));
        Golden.assertMatches("import/keepalived-haproxy.txt",
                imported.asCommand() + String.join("\n", imported.remarks()) + "\n");
    }

    @Test
    void aManifestOfKubeVipBecomesOneAgent() {
        Imported imported = read("kube-vip.yaml", KUBE_VIP);
        AgentConfig config = config(imported);
        assertThat(config.address().vips()).extracting(Object::toString).containsExactly("10.0.0.10", "fd00::10");
        assertThat(config.address().interfaceName()).contains("ens3");
        assertThat(config.lease().name()).isEqualTo("hacp");
        assertThat(config.election().leaseDuration()).isEqualTo(Duration.ofSeconds(15));
        Golden.assertMatches("import/kube-vip.txt",
                imported.asCommand() + String.join("\n", imported.remarks()) + "\n");
    }

    @Test
    void nopreemptStays() {
        assertThat(config(read("k.conf", KEEPALIVED.replace("smtp_alert", "nopreempt"))).election().preempt())
                .isFalse();
    }

    @Test
    void theCommandPrintsAFileThatRunReads() throws IOException {
        Path kubeVip = Files.writeString(folder.resolve("kube-vip.yaml"), KUBE_VIP);
        Invocation yaml = Invocation.of("import", "-o", "yaml", kubeVip.toString());
        assertThat(yaml.code()).as(yaml.err()).isZero();
        Path config = Files.writeString(folder.resolve("hacp.yaml"), yaml.out());
        assertThat(ConfigReader.agent(new ConfigReader.Flags(Map.of(), Optional.of(config), List.of()),
                new Surroundings(Map.of(), "cp1")).address().vips()).hasSize(2);
        assertThat(Invocation.of("import", kubeVip.toString()).out()).startsWith("hacp run \\\n  --vip 10.0.0.10 \\\n");
    }

    @Test
    void whatCannotBeReadIsAUsageError() throws IOException {
        Path other = Files.writeString(folder.resolve("other.txt"), "hello\n");
        Invocation wrong = Invocation.of("import", other.toString());
        assertThat(wrong.code()).isEqualTo(2);
        assertThat(wrong.err()).contains("(expected: a kube-vip manifest, keepalived.conf or haproxy.cfg)");
        assertThat(Invocation.of("import", "/no/such/file").err()).contains("/no/such/file (expected: a file");
        assertThat(Invocation.of("import").code()).isEqualTo(2);
        Path broken = Files.writeString(folder.resolve("broken.yaml"), "kube-vip: [\n");
        assertThat(Invocation.of("import", broken.toString()).err()).contains("(expected: YAML");
    }

    private static Imported read(String... namesAndTexts) {
        Map<String, String> files = new LinkedHashMap<>();
        for (int i = 0; i < namesAndTexts.length; i += 2) {
            files.put(namesAndTexts[i], namesAndTexts[i + 1]);
        }
        return Importer.read(files);
    }

    /// The reader accepts what was imported.
    private static AgentConfig config(Imported imported) {
        return ConfigReader.agent(new ConfigReader.Flags(imported.options(), Optional.empty(), List.of()),
                new Surroundings(Map.of(), "cp1"));
    }
}

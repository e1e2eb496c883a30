package dev.hacp.vip.steering;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.core.linux.Errno;
import dev.hacp.core.linux.LinuxException;
import org.junit.jupiter.api.Test;

class SkLookupProgramTest {

    @Test
    void everyJumpLandsInsideTheProgramAndItEndsWithPass() {
        long[] code = SkLookupProgram.assemble(11, 12);
        int maps = 0;
        for (int at = 0; at < code.length; at++) {
            int operation = (int) (code[at] & 0xff);
            if ((operation & 0x07) == 0x05 && operation != 0x85 && operation != 0x95) {
                int target = at + 1 + (short) (code[at] >>> 16);
                assertThat(target).isBetween(at + 1, code.length - 1);
            }
            if (operation == 0x18) {
                assertThat((int) (code[at] >>> 32)).isIn(11, 12);
                maps++;
                at++;
            }
        }
        assertThat(maps).isEqualTo(2);
        assertThat(code[code.length - 2]).as("r0 = SK_PASS").isEqualTo(0x1_0000_00b7L);
        assertThat(code[code.length - 1]).as("exit").isEqualTo(0x95L);
    }

    @Test
    void aRefusalNamesWhatIsMissingAndTheAlternatives() {
        assertThat(Steering.explain(new LinuxException("bpf map create", Errno.EPERM)))
                .contains("CAP_BPF and CAP_NET_ADMIN", "operation not permitted", "--port", "--bind-address");
        assertThat(Steering.explain(new LinuxException("bpf program load", Errno.EINVAL))).contains("kernel 5.9",
                "--port");
    }
}

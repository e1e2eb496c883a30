package dev.hacp.leader.kube;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LeaseTermTest {

    private static final long EPOCH = 1L << 31;

    @ParameterizedTest(name = "field {0}, annotation {1}")
    @CsvSource({
            // Without an annotation the field is the term: a Lease of another program or of an older agent.
            "0,'',0", "7,'',7", "2147483647,'',2147483647",
            // In agreement.
            "7,7,7", "0,2147483648,2147483648", "5,4294967301,4294967301",
            // Agents before 0.2 have counted on, also across the field's end.
            "9,7,9", "1,2147483647,2147483649",
            // Edited: no term changes.
            "2147483647,7,7", "0,7,7", "-3,7,7", "3,2147483653,2147483653",
            // No term: the field counts.
            "7,seven,7", "7,-1,7", "7,99999999999999999999,7", "7,9223372036854775807,7"})
    void theTermIsTheAnnotationWithWhatOlderAgentsHaveCountedOn(int field, String annotation, long term) {
        assertThat(LeaseTerm.read(field, annotation)).isEqualTo(term);
    }

    @Test
    void anAbsentOrNegativeFieldIsNoTermBelowZero() {
        assertThat(LeaseTerm.read(Integer.MIN_VALUE, "")).isZero();
    }

    /// The largest value of the field left no room: no owner forever.
    @ParameterizedTest
    @ValueSource(longs = {0, 6, Integer.MAX_VALUE - 1L, Integer.MAX_VALUE, EPOCH, 2 * EPOCH - 1, 77 * EPOCH + 5})
    void aTermThatIsWrittenIsReadAgainAndTheNextOneIsGreater(long term) {
        long next = term + 1;
        assertThat(LeaseTerm.field(next)).isNotNegative();
        assertThat(LeaseTerm.read(LeaseTerm.field(next), Long.toString(next))).isEqualTo(next);
    }
}

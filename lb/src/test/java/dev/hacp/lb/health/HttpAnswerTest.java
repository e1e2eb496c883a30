package dev.hacp.lb.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class HttpAnswerTest {

    private static ByteArrayInputStream text(String... lines) {
        return new ByteArrayInputStream(String.join("\r\n", lines).getBytes(StandardCharsets.ISO_8859_1));
    }

    @Test
    void readsALengthAndLeavesWhatFollows() throws IOException {
        ByteArrayInputStream in = text("HTTP/1.1 200 OK", "Content-Length: 2", "", "okHTTP/1.1 403 Forbidden",
                "content-length: 0", "", "");
        assertThat(HttpAnswer.read(in)).isEqualTo(new HttpAnswer(200, "ok", true));
        assertThat(HttpAnswer.read(in)).isEqualTo(new HttpAnswer(403, "", true));
        assertThatThrownBy(() -> HttpAnswer.read(in)).isInstanceOf(EOFException.class);
    }

    @Test
    void readsChunksWithExtensionsAndTrailers() throws IOException {
        ByteArrayInputStream in = text("HTTP/1.1 500 Internal Server Error", "Transfer-Encoding: chunked", "", "A;x=1",
                "[+]ping ok", "12", "\n[-]etcd failed: x", "0", "Trailer: t", "", "");
        HttpAnswer answer = HttpAnswer.read(in);
        assertThat(answer.code()).isEqualTo(500);
        assertThat(answer.failing()).isEqualTo("[-]etcd failed: x");
        assertThat(answer.keepAlive()).isTrue();
        assertThat(in.available()).isZero();
    }

    @Test
    void readsToTheEndWithoutALength() throws IOException {
        assertThat(HttpAnswer.read(text("HTTP/1.1 503 Busy", "", "later")))
                .isEqualTo(new HttpAnswer(503, "later", false));
    }

    @Test
    void keepsTheConnectionAsTheVersionAndTheHeaderSay() throws IOException {
        assertThat(HttpAnswer.read(text("HTTP/1.1 200 OK", "Connection: close", "Content-Length: 0", "", ""))
                .keepAlive()).isFalse();
        assertThat(HttpAnswer.read(text("HTTP/1.0 200 OK", "Content-Length: 0", "", "")).keepAlive()).isFalse();
        assertThat(HttpAnswer.read(text("HTTP/1.0 200 OK", "Connection: keep-alive", "Content-Length: 0", "", ""))
                .keepAlive()).isTrue();
    }

    @Test
    void skipsInterimAnswers() throws IOException {
        assertThat(HttpAnswer.read(text("HTTP/1.1 103 Early Hints", "", "HTTP/1.1 204 No Content", "", "")).code())
                .isEqualTo(204);
    }

    @Test
    void refusesWhatIsNotHttp() {
        assertThatThrownBy(() -> HttpAnswer.read(text("SSH-2.0-OpenSSH_9.2", "")))
                .hasMessage("answer is not HTTP/1.1: SSH-2.0-OpenSSH_9.2");
        assertThatThrownBy(() -> HttpAnswer.read(text("HTTP/1.1 abc", "", ""))).hasMessageContaining("a number");
        assertThatThrownBy(() -> HttpAnswer.read(text("HTTP/1.1 200 OK", "Content-Length: -5", "", "")))
                .hasMessageContaining("'-5' (expected: a number)");
        assertThatThrownBy(() -> HttpAnswer.read(text("HTTP/1.1 200 OK", "Content-Length: 2000000000", "", "")))
                .hasMessageContaining("2000000000 bytes");
        assertThatThrownBy(() -> HttpAnswer.read(text("HTTP/1.1 200 OK", "X: " + "y".repeat(9000), "", "")))
                .hasMessageContaining("8192");
        assertThatThrownBy(() -> HttpAnswer.read(text("HTTP/1.1 200 OK", "Content-Length: 10", "", "short")))
                .isInstanceOf(EOFException.class);
    }

    @Test
    void tellsWhoCannotServeFromWhoStartsOrLeaves() {
        assertThat(new HttpAnswer(500, "[+]ping ok\n[-]etcd failed: reason withheld\nreadyz check failed", true)
                .cannotServe()).isTrue();
        assertThat(new HttpAnswer(500, "[-]etcd-readiness failed: reason withheld", true).cannotServe()).isTrue();
        assertThat(new HttpAnswer(500, "[-]etcd failed: reason withheld\n[-]shutdown failed: reason withheld", true)
                .cannotServe()).as("it leaves").isFalse();
        assertThat(new HttpAnswer(500, "[-]poststarthook/rbac/bootstrap-roles failed: not finished", true)
                .cannotServe()).as("it starts").isFalse();
        assertThat(new HttpAnswer(503, "etcd", true).cannotServe()).isFalse();
    }

    @Test
    void namesTheFirstFailingCheckInPrintableText() {
        assertThat(new HttpAnswer(500, "[+]ping ok\n[-]etcd failed: reason withheld\n[-]x failed", true).failing())
                .isEqualTo("[-]etcd failed: reason withheld");
        assertThat(new HttpAnswer(503, "\u001b[31mstopping\n", true).failing()).isEqualTo("?[31mstopping");
        assertThat(new HttpAnswer(500, "", true).failing()).isEmpty();
    }
}

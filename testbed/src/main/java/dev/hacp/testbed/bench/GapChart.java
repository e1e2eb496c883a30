package dev.hacp.testbed.bench;

import java.util.List;
import java.util.Locale;

/// The medians as bars with a whisker to the worst, on a logarithmic scale from 10 ms to 100 s: readable in the light and in
/// the dark.
final class GapChart {

    private static final int LEFT = 250;
    private static final int WIDTH = 620;
    private static final int BAR = 18;
    private static final double LEAST = 10;
    private static final double MOST = 100_000;

    private GapChart() {}

    static String svg(Results results) {
        StringBuilder body = new StringBuilder();
        int y = 30;
        for (Fault fault : results.faults()) {
            body.append(text(10, y + 4, "row", fault.toString()));
            y += BAR;
            for (Product product : results.products()) {
                List<Long> sorted = results.samples(product, fault);
                if (sorted.isEmpty()) {
                    continue;
                }
                double median = x(Results.median(sorted));
                double worst = x(sorted.getLast());
                body.append(text(LEFT - 10, y + 12, "name", product.toString()));
                body.append(String.format(Locale.ROOT,
                        "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" class=\"%s\"/>%n",
                        LEFT, y, median - LEFT, BAR - 4, product == Product.HACP ? "hacp" : "peer"));
                body.append(String.format(Locale.ROOT, "<path d=\"M%.1f %d H%.1f\" class=\"worst\"/>%n", median,
                        y + BAR / 2 - 2, worst));
                body.append(text(Math.max(median, worst) + 6, y + 12, "value",
                        seconds(Results.median(sorted)) + ", worst " + seconds(sorted.getLast())
                                + (results.onTwoNodes(product, fault) > 0 ? "; VIP left on two nodes" : "")));
                y += BAR;
            }
            y += 10;
        }
        StringBuilder scale = new StringBuilder();
        for (double tick = LEAST; tick <= MOST; tick *= 10) {
            scale.append(
                    String.format(Locale.ROOT, "<path d=\"M%.1f 22 V%d\" class=\"tick\"/>%n", x(Math.round(tick)), y));
            scale.append(text(x(Math.round(tick)), 16, "scale", seconds(Math.round(tick))));
        }
        return """
                <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img"
                 aria-label="Time without a new connection after a fault of the owner, by product; logarithmic scale">
                <style>
                svg{color-scheme:light dark;font:12px system-ui,sans-serif;background:light-dark(#fff,#111)}
                text{fill:light-dark(#222,#ddd)} .row{font-weight:600} .name{text-anchor:end} .scale{text-anchor:middle}
                .hacp{fill:light-dark(#0b6e4f,#34c48b)} .peer{fill:light-dark(#9aa5b1,#66717d)}
                .worst{stroke:light-dark(#222,#ddd);stroke-width:1.5} .tick{stroke:light-dark(#ddd,#333)}
                </style>
                %s%s</svg>
                """.formatted(LEFT + WIDTH + 300, y + 10, scale, body);
    }

    private static double x(long milliseconds) {
        double clamped = Math.clamp((double) milliseconds, LEAST, MOST);
        return LEFT + WIDTH * (Math.log10(clamped) - Math.log10(LEAST)) / (Math.log10(MOST) - Math.log10(LEAST));
    }

    private static String text(double x, int y, String style, String content) {
        return String.format(Locale.ROOT, "<text x=\"%.1f\" y=\"%d\" class=\"%s\">%s</text>%n", x, y, style, content);
    }

    private static String seconds(long milliseconds) {
        return milliseconds < 1000
                ? milliseconds + " ms"
                : String.format(Locale.ROOT, "%.1f s", milliseconds / 1000.0);
    }
}

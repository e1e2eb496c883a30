package dev.hacp.agent.admin;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// The files of the page, from the jar; there is no way from a request to any other file.
final class PageFiles {

    private final Map<String, Answer> byPath = new HashMap<>();

    PageFiles() {
        add("/", "page.html", "text/html; charset=utf-8");
        add("/page.css", "page.css", "text/css; charset=utf-8");
        add("/page.js", "page.js", "text/javascript; charset=utf-8");
        add("/charts.js", "charts.js", "text/javascript; charset=utf-8");
        add("/icon.svg", "icon.svg", "image/svg+xml");
    }

    Optional<Answer> at(String path) {
        return Optional.ofNullable(byPath.get(path));
    }

    private void add(String path, String resource, String type) {
        try (InputStream in = PageFiles.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException("the jar lacks " + resource);
            }
            byPath.put(path, new Answer(200, type, in.readAllBytes()));
        } catch (IOException e) {
            throw new UncheckedIOException("reading " + resource + " from the jar", e);
        }
    }
}

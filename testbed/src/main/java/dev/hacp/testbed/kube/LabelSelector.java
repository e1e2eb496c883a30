package dev.hacp.testbed.kube;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.List;

/// The equality and existence terms of a `labelSelector`: `app=hacp,tier!=x,member`.
///
/// @param terms empty: matches everything
record LabelSelector(List<String> terms) {

    static LabelSelector parse(String text) {
        return new LabelSelector(Arrays.stream(text.split(",")).map(String::strip).filter(term -> !term.isEmpty())
                .toList());
    }

    boolean matches(JsonNode object) {
        JsonNode labels = object.at("/metadata/labels");
        return terms.stream().allMatch(term -> {
            int unequal = term.indexOf("!=");
            if (unequal > 0) {
                return !labels.path(term.substring(0, unequal)).asText().equals(term.substring(unequal + 2));
            }
            int equal = term.indexOf('=');
            if (equal > 0) {
                String value = term.substring(equal + 1);
                return labels.path(term.substring(0, equal)).asText()
                        .equals(value.startsWith("=") ? value.substring(1) : value);
            }
            return term.startsWith("!") ? !labels.has(term.substring(1)) : labels.has(term);
        });
    }
}

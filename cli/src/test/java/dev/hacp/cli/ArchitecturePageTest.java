package dev.hacp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.hacp.testbed.Golden;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// docs/architecture.md says what is: its picture of imports is made from the classes, and the files that it names exist.
class ArchitecturePageTest {

    private static final Path PAGE = Path.of("../docs/architecture.md");
    private static final List<String> MODULES = List.of("core", "leader", "vip", "lb", "agent", "cli");
    private static final String BEGIN = "<!-- imports: made by ArchitecturePageTest -->\n```\n";
    private static final String END = "```\n<!-- imports end -->\n";
    private static final Pattern JAVA_FILE = Pattern.compile("`([A-Za-z]+\\.java)`");

    @Test
    void thePictureOfImportsIsThatOfTheClasses() throws IOException {
        String page = Files.readString(PAGE);
        assertThat(page).as("markers of the picture").contains(BEGIN, END);
        String before = page.substring(0, page.indexOf(BEGIN) + BEGIN.length());
        String after = page.substring(page.indexOf(END));
        Golden.assertFile(PAGE, before + picture() + after);
    }

    @Test
    void theFilesThatThePageNamesExist() throws IOException {
        Set<String> named = JAVA_FILE.matcher(Files.readString(PAGE)).results().map(found -> found.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> files = new TreeSet<>();
        for (String module : MODULES) {
            try (Stream<Path> all = Files.walk(Path.of("..", module, "src", "main", "java"))) {
                all.map(file -> file.getFileName().toString()).forEach(files::add);
            }
        }
        assertThat(named).as("files named in docs/architecture.md").hasSizeGreaterThan(10);
        assertThat(files).containsAll(named);
    }

    /// One line per package: how many classes, and which of our packages they use.
    private static String picture() {
        JavaClasses ours = new ClassFileImporter().withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .withImportOption(location -> !location.contains("hacp-testbed") && !location.contains("/testbed/"))
                .importPackages("dev.hacp");
        Map<String, Set<String>> uses = new TreeMap<>();
        for (JavaClass type : ours) {
            Set<String> used = uses.computeIfAbsent(name(type), any -> new TreeSet<>());
            type.getDirectDependenciesFromSelf().stream().map(Dependency::getTargetClass)
                    .filter(target -> target.getPackageName().startsWith("dev.hacp."))
                    .map(ArchitecturePageTest::name).filter(target -> !target.equals(name(type)))
                    .forEach(used::add);
        }
        StringBuilder text = new StringBuilder();
        for (String module : MODULES) {
            uses.forEach((from, used) -> {
                if (from.equals(module) || from.startsWith(module + ".")) {
                    text.append(String.format("%-22s -> %s%n", from, used.isEmpty() ? "-" : String.join(" ", used)));
                }
            });
        }
        return text.toString();
    }

    private static String name(JavaClass type) {
        return type.getPackageName().substring("dev.hacp.".length());
    }
}

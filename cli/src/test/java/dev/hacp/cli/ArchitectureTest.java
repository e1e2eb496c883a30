package dev.hacp.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The direction of dependencies: core <- {leader, vip, lb} <- agent <- cli.
class ArchitectureTest {

    private static final JavaClasses OURS = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .withImportOption(location -> !location.contains("hacp-testbed") && !location.contains("/testbed/"))
            .importPackages("dev.hacp");

    @Test
    void dependenciesPointOneWay() {
        layeredArchitecture().consideringOnlyDependenciesInAnyPackage("dev.hacp..").withOptionalLayers(true)
                .layer("core").definedBy("dev.hacp.core..").layer("leader").definedBy("dev.hacp.leader..").layer("vip")
                .definedBy("dev.hacp.vip..").layer("lb").definedBy("dev.hacp.lb..").layer("agent")
                .definedBy("dev.hacp.agent..").layer("cli").definedBy("dev.hacp.cli..").whereLayer("cli")
                .mayNotBeAccessedByAnyLayer().whereLayer("agent").mayOnlyBeAccessedByLayers("cli").whereLayer("leader")
                .mayOnlyBeAccessedByLayers("agent", "cli").whereLayer("vip").mayOnlyBeAccessedByLayers("agent", "cli")
                .whereLayer("lb").mayOnlyBeAccessedByLayers("agent", "cli").check(OURS);
    }

    @Test
    void theTestbedStaysInTests() {
        noClasses().that().resideInAPackage("dev.hacp..").should().dependOnClassesThat()
                .resideInAPackage("dev.hacp.testbed..").check(OURS);
    }

    @Test
    void configurationAndManifestsKnowTheModulesSettingsAndNothingElseOfThem() {
        DescribedPredicate<JavaClass> behaviour = DescribedPredicate.describe("are no records or enums",
                type -> !type.isRecord() && !type.isEnum()
                        && !type.getEnclosingClass().map(JavaClass::isRecord).orElse(false));
        noClasses().that().resideInAnyPackage("dev.hacp.agent.config..", "dev.hacp.cli.manifest..").should()
                .dependOnClassesThat(JavaClass.Predicates
                        .resideInAnyPackage("dev.hacp.leader..", "dev.hacp.vip..", "dev.hacp.lb..").and(behaviour))
                .orShould().dependOnClassesThat().resideInAPackage("dev.hacp.agent.composition..").check(OURS);
    }

    @Test
    void theLogAndTheConsoleKnowNoModuleButCore() {
        noClasses().that().resideInAnyPackage("dev.hacp.agent.log..", "dev.hacp.cli.console..").should()
                .dependOnClassesThat().resideInAnyPackage("dev.hacp.leader..", "dev.hacp.vip..", "dev.hacp.lb..",
                        "dev.hacp.agent.composition..")
                .check(OURS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"core", "leader", "vip", "lb", "agent", "cli"})
    void packagesOfAModuleFormNoCycle(String module) {
        SlicesRuleDefinition.slices().assignedFrom(new PackagesOf("dev.hacp." + module)).should().beFreeOfCycles()
                .check(OURS);
    }

    /// Each package of a module is a slice, the module's root too: a pattern such as `dev.hacp.cli.(*)..` leaves that one out,
    /// and with it every cycle that goes through it.
    private record PackagesOf(String root) implements SliceAssignment {

        @Override
        public SliceIdentifier getIdentifierOf(JavaClass type) {
            String name = type.getPackageName();
            if (name.equals(root)) {
                return SliceIdentifier.of("(root)");
            }
            return name.startsWith(root + ".")
                    ? SliceIdentifier.of(name.substring(root.length() + 1))
                    : SliceIdentifier.ignore();
        }

        @Override
        public String getDescription() {
            return "packages of " + root;
        }
    }

    @Test
    void everyPackageIsNullMarkedAndSaysWhatItIs() {
        Set<String> packages = OURS.stream().map(type -> type.getPackage()).map(JavaPackage::getName)
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> unmarked = OURS.stream().map(type -> type.getPackage()).distinct()
                .filter(found -> !found.tryGetPackageInfo().map(info -> info.isAnnotatedWith(NullMarked.class))
                        .orElse(false))
                .map(JavaPackage::getName).collect(Collectors.toCollection(TreeSet::new));
        assertThat(packages).contains("dev.hacp.core", "dev.hacp.cli", "dev.hacp.agent.config");
        assertThat(unmarked).as("packages without @NullMarked package-info").isEmpty();
    }
}

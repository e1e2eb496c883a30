package dev.hacp.cli;

import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/// The direction of dependencies: core <- {leader, vip, lb} <- cli.
class ArchitectureTest {

    private static final JavaClasses OURS = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .withImportOption(location -> !location.contains("hacp-testbed") && !location.contains("/testbed/"))
            .importPackages("dev.hacp");

    @Test
    void dependenciesPointOneWay() {
        layeredArchitecture().consideringOnlyDependenciesInAnyPackage("dev.hacp..").withOptionalLayers(true)
                .layer("core").definedBy("dev.hacp.core..").layer("leader").definedBy("dev.hacp.leader..").layer("vip")
                .definedBy("dev.hacp.vip..").layer("lb").definedBy("dev.hacp.lb..").layer("cli")
                .definedBy("dev.hacp.cli..").whereLayer("cli").mayNotBeAccessedByAnyLayer().whereLayer("leader")
                .mayOnlyBeAccessedByLayers("cli").whereLayer("vip").mayOnlyBeAccessedByLayers("cli").whereLayer("lb")
                .mayOnlyBeAccessedByLayers("cli").check(OURS);
    }

    @Test
    void theTestbedStaysInTests() {
        noClasses().that().resideInAPackage("dev.hacp..").should().dependOnClassesThat()
                .resideInAPackage("dev.hacp.testbed..").check(OURS);
    }

    @Test
    void configurationAndManifestsKnowNoOtherModuleButCore() {
        noClasses().that().resideInAnyPackage("dev.hacp.cli.config..", "dev.hacp.cli.manifest..", "dev.hacp.cli.log..")
                .should().dependOnClassesThat()
                .resideInAnyPackage("dev.hacp.leader..", "dev.hacp.vip..", "dev.hacp.lb..", "dev.hacp.cli.agent..")
                .check(OURS);
    }

    @Test
    void packagesOfAModuleFormNoCycle() {
        for (String module : new String[]{"core", "leader", "vip", "lb", "cli"}) {
            SlicesRuleDefinition.slices().matching("dev.hacp." + module + ".(*)..").should().beFreeOfCycles()
                    .allowEmptyShould(true).check(OURS);
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
        assertThat(packages).contains("dev.hacp.core", "dev.hacp.cli", "dev.hacp.cli.config");
        assertThat(unmarked).as("packages without @NullMarked package-info").isEmpty();
    }
}

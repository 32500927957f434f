package io.holdfast.interop;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The arrows between our modules and packages, and what may not happen below the command: reading a clock, sleeping, drawing
 * a random number nobody seeded, starting a thread nobody knows of. A simulation can replace only what is handed in.
 */
class ArchitectureTest {
    private static final String ROOT = "io.holdfast.";

    /** Each package, with those below it, and which of our other packages it may use. The most particular row counts. */
    private static final List<Arrow> ARROWS = List.of(
            new Arrow("blockdev"),
            new Arrow("journal", "blockdev"),
            new Arrow("raid.layout"),
            new Arrow("raid.parity", "raid.layout"),
            new Arrow("raid.metadata", "raid.layout", "blockdev"),
            new Arrow("raid", "blockdev", "journal"),
            new Arrow("fault.device", "blockdev"),
            new Arrow("fault", "blockdev", "journal", "raid"),
            new Arrow("nbd", "blockdev", "raid"),
            new Arrow("cli", "blockdev", "journal", "raid", "fault", "nbd"));

    private static final String[] BELOW_THE_COMMAND = {
        ROOT + "blockdev..", ROOT + "journal..", ROOT + "raid..", ROOT + "fault..", ROOT + "nbd.."
    };

    /** Where settings have their defaults: what is handed in when the caller says nothing. */
    private static final String SETTINGS = ".*\\.ArrayContext(\\$.*)?";

    private static final Map<Class<?>, Set<String>> FORBIDDEN_CALLS = Map.ofEntries(
            Map.entry(System.class, Set.of("currentTimeMillis", "nanoTime")),
            Map.entry(Thread.class, Set.of("sleep")),
            Map.entry(Math.class, Set.of("random")),
            Map.entry(java.util.UUID.class, Set.of("randomUUID")),
            Map.entry(java.util.concurrent.ThreadLocalRandom.class, Set.of("current")),
            Map.entry(java.time.Instant.class, Set.of("now")),
            Map.entry(java.time.LocalDateTime.class, Set.of("now")),
            Map.entry(java.time.ZonedDateTime.class, Set.of("now")),
            Map.entry(java.time.Clock.class, Set.of("systemUTC", "systemDefaultZone", "system")));

    /** Sources of chance that seed themselves when made without arguments. */
    private static final Set<Class<?>> SELF_SEEDING = Set.of(
            java.util.Random.class,
            java.util.SplittableRandom.class,
            java.security.SecureRandom.class,
            java.util.Date.class);

    private static JavaClasses classes;

    private record Arrow(String name, List<String> allowed) {
        Arrow(String name, String... allowed) {
            this(name, List.of(allowed));
        }

        String pattern() {
            return ROOT + name + "..";
        }

        @Override
        public String toString() {
            return name + " -> " + allowed;
        }
    }

    @BeforeAll
    static void importClasses() {
        classes = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .withImportOption(location -> !location.contains("-tests.jar"))
                .importPackages("io.holdfast");
    }

    static List<Arrow> arrows() {
        return ARROWS;
    }

    @ParameterizedTest
    @MethodSource("arrows")
    void packagesShouldUseOnlyWhatLiesBelowThem(Arrow arrow) {
        // The server has no classes yet.
        rule(arrow).allowEmptyShould(arrow.name().equals("nbd")).check(classes);
    }

    @Test
    void everyClassShouldBelongToARow() {
        Set<String> strays = new TreeSet<>();
        for (JavaClass type : classes) {
            boolean isPlaced = ARROWS.stream()
                    .anyMatch(arrow -> resideInAnyPackage(arrow.pattern()).test(type));
            if (!isPlaced) {
                strays.add(type.getName());
            }
        }
        assertEquals(Set.of(), strays);
    }

    @Test
    void nothingBelowTheCommandShouldReadAClockOrDrawUnseededChance() {
        noClasses()
                .that()
                .resideInAnyPackage(BELOW_THE_COMMAND)
                .and()
                .haveNameNotMatching(SETTINGS)
                .should()
                .accessTargetWhere(isHiddenInput())
                .because("clocks and seeds are passed in: the simulator could not repeat a run otherwise")
                .check(classes);
    }

    @Test
    void onlyTheDeviceLayerAndTheServerShouldStartThreads() {
        noClasses()
                .that()
                .resideInAnyPackage(ROOT + "journal..", ROOT + "raid..", ROOT + "fault..")
                .should()
                .accessTargetWhere(startsThread())
                .because("everything above a device runs on loops that its caller gave it")
                .check(classes);
    }

    @Test
    void rulesShouldBeAbleToFail() {
        assertEquals(Thread.State.NEW, Offender.offend().getState());
        JavaClasses own = new ClassFileImporter().importClasses(ArchitectureTest.class, Offender.class);
        assertThrows(
                AssertionError.class,
                () -> noClasses().should().accessTargetWhere(isHiddenInput()).check(own));
        assertThrows(
                AssertionError.class,
                () -> noClasses().should().accessTargetWhere(startsThread()).check(own));
        assertThrows(AssertionError.class, () -> rule(new Arrow("interop")).check(own));
    }

    /** Does what the rules forbid. */
    private static final class Offender {
        static Thread offend() {
            return new Thread(() -> {
                if (System.nanoTime() > 0 && BELOW_THE_COMMAND.length > 0) {
                    io.holdfast.raid.GoldenArrays.names();
                }
            });
        }
    }

    private static ArchRule rule(Arrow arrow) {
        List<String> inside = new ArrayList<>(List.of(arrow.pattern()));
        arrow.allowed().forEach(name -> inside.add(ROOT + name + ".."));
        DescribedPredicate<JavaClass> ours = resideInAnyPackage("io.holdfast..");
        return classes()
                .that(isPlacedBy(arrow))
                .should()
                .onlyDependOnClassesThat(
                        resideInAnyPackage(inside.toArray(String[]::new)).or(not(ours)))
                .as("classes in " + arrow.name() + " should use no package of ours but " + arrow.allowed());
    }

    private static DescribedPredicate<JavaClass> isPlacedBy(Arrow arrow) {
        return DescribedPredicate.describe("reside in " + arrow.name(), type -> {
            int best = -1;
            for (Arrow candidate : ARROWS) {
                if (resideInAnyPackage(candidate.pattern()).test(type)) {
                    best = Math.max(best, candidate.name().length());
                }
            }
            return resideInAnyPackage(arrow.pattern()).test(type)
                    && arrow.name().length() >= best;
        });
    }

    private static DescribedPredicate<JavaAccess<?>> isHiddenInput() {
        return DescribedPredicate.describe("is a clock, a sleep or unseeded chance", access -> {
            AccessTarget target = access.getTarget();
            for (Map.Entry<Class<?>, Set<String>> entry : FORBIDDEN_CALLS.entrySet()) {
                if (target.getOwner().isEquivalentTo(entry.getKey())
                        && entry.getValue().contains(target.getName())) {
                    return true;
                }
            }
            return SELF_SEEDING.stream().anyMatch(type -> target.getOwner().isEquivalentTo(type))
                    && target instanceof AccessTarget.ConstructorCallTarget constructor
                    && constructor.getRawParameterTypes().isEmpty();
        });
    }

    private static DescribedPredicate<JavaAccess<?>> startsThread() {
        return DescribedPredicate.describe("starts a thread", access -> {
            AccessTarget target = access.getTarget();
            boolean isConstructor = target instanceof AccessTarget.ConstructorCallTarget;
            return (isConstructor && target.getOwner().isAssignableTo(Thread.class))
                    || target.getOwner().isEquivalentTo(java.util.concurrent.Executors.class)
                    || (isConstructor && target.getOwner().isAssignableTo(java.util.concurrent.ExecutorService.class));
        });
    }
}

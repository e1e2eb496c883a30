package dev.hacp.leader.election;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.leader.election.ExhaustiveModel.Grid;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/// A slice of the [ExhaustiveModel] in each build; all of it with `-Dhacp.model.exhaustive=true`, a part of the pairs with
/// `-Dhacp.model.parts=20 -Dhacp.model.part=0`. CONTRIBUTING.md has the command.
class ExhaustiveModelTest {

    private static final String ALL = "hacp.model.exhaustive";
    private static final int END = History.UNTIL_THE_END;
    private static final int PART = Integer.getInteger("hacp.model.part", 0);
    private static final int PARTS = Integer.getInteger("hacp.model.parts", 1);
    /// Good ones, which differ by 0.1 %.
    private static final double[] CLOCKS = {1.0005, 1, 0.9995};
    private static final Grid COARSE = new Grid(400, 400, List.of(END), List.of(1));

    @Test
    void oneFaultOfEachKindBreaksNoRule() {
        ExhaustiveModel model = new ExhaustiveModel(CLOCKS);
        model.explore(ExhaustiveModel.one(COARSE));
        assertThat(model.histories()).isEqualTo(Fault.all().size());
        assertThat(model.holds()).as(model::violations).isTrue();
    }

    @Test
    void anAttestationThatOutlivesItsPromiseIsFound() {
        // By a clock at 0.6 the second owner counts for 242 ms on what the others promise for 150 ms.
        ExhaustiveModel model = new ExhaustiveModel(1, 0.6, 1);
        model.explore(ExhaustiveModel.two(new Grid(600, 1_200, List.of(END), List.of(1)), List.of(0))
                .filter(it -> it.faults().getFirst().fault().toString().equals("handover owner f1")
                        && it.faults().getLast().atMillis() > 0));
        assertThat(model.violations()).contains("two members believe they own with a majority");
    }

    @Test
    @EnabledIfSystemProperty(named = ALL, matches = "true")
    void oneFaultAtAnyInstant() {
        Grid grid = new Grid(25, 1_200, List.of(150, 600, 2_000, END), List.of(1, 7));
        search("one fault", model -> model.explore(ExhaustiveModel.one(grid)));
    }

    @Test
    @EnabledIfSystemProperty(named = ALL, matches = "true")
    void oneFaultAndOneOtherAnswer() {
        Grid grid = new Grid(240, 480, List.of(400, END), List.of(3));
        search("one fault, and one message, call or timer that is different",
                model -> model.exploreAnswers(ExhaustiveModel.part(ExhaustiveModel.one(grid), PART, PARTS)));
    }

    @Test
    @EnabledIfSystemProperty(named = ALL, matches = "true")
    void twoFaultsAtAnyInstant() {
        Grid grid = new Grid(50, 1_200, List.of(400, END), List.of(1));
        search("two faults", model -> model
                .explore(ExhaustiveModel.part(ExhaustiveModel.two(grid, List.of(0, 300)), PART, PARTS)));
    }

    private static void search(String what, Consumer<ExhaustiveModel> how) {
        ExhaustiveModel model = new ExhaustiveModel(CLOCKS);
        long begin = System.nanoTime();
        how.accept(model);
        System.out.println(what + ": " + model.histories() + " histories in " + (System.nanoTime() - begin) / 1_000_000
                + " ms\n" + model.table());
        assertThat(model.holds()).as(model::violations).isTrue();
    }
}

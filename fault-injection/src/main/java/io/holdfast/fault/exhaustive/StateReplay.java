package io.holdfast.fault.exhaustive;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;

/** Goes through one crash state again and tells what happens. */
final class StateReplay {
    private final ExhaustiveOptions options;
    private final Recording recording;
    private final ArraySite site;
    private final TraceWorld world;
    private final RecoveryRunner runner;
    private final Verdicts verdicts;
    private final List<String> story = new ArrayList<>();

    StateReplay(ExhaustiveOptions options, Recording recording) {
        this.options = options;
        this.recording = recording;
        site = ArraySite.of(options);
        ContentTable contents = new ContentTable();
        world = site.newWorld(new PagePool(recording.pool()));
        runner = new RecoveryRunner(site, world, contents, UnaryOperator.identity());
        verdicts = new Verdicts(site, world.pool(), contents);
    }

    StateStory replay(String state) {
        String verdict;
        try {
            verdict = follow(state.split(String.valueOf(StateName.NEXT), -1));
        } catch (NumberFormatException | IndexOutOfBoundsException e) {
            throw new IllegalArgumentException(
                    "there is no such crash state: " + state + "; give it as it was printed, with the same options.",
                    e);
        }
        return new StateStory(story, verdict.equals(Verdicts.HOLE) ? "" : verdict);
    }

    private String follow(String[] crashes) {
        Recording.Point point = null;
        Recovery before = null;
        Box group = null;
        Box beneath = null;
        int lostBefore = 0;
        String verdict = "";
        for (String crash : crashes) {
            String[] parts = crash.split("\\" + StateName.PART, -1);
            int moment = Integer.parseInt(parts[0]);
            int lost = StateName.lost(parts[1]);
            Box box;
            if (before == null) {
                point = recording.points().get(moment);
                box = point.box();
                story.add("crash at point " + moment + " of "
                        + recording.points().size() + ", " + recording.boundaryCount() + " moments");
            } else {
                box = momentsOf(before, group, beneath).get(moment);
                story.add("crash inside recovery, before the end of flush " + moment);
            }
            story.add("members missing afterwards: " + (lost == 0 ? "none" : names(lost)));
            int at = 2;
            boolean isAfterKill = beneath != null;
            beneath = null;
            if (!parts[at].isEmpty() && parts[at].charAt(0) == StateName.TORN) {
                box = box.tornBoxes()[Integer.parseInt(parts[at++].substring(1))];
                story.add("one page is torn");
            }
            if (parts[at].equals(StateName.KILLED)) {
                beneath = box;
                box = point.killed();
                at++;
                story.add("the process was killed, and the power stayed on: nothing that was written is durable yet");
            }
            group = settle(box, parts[at++]);
            boolean isForced = at < parts.length && parts[at].equals(StateName.FORCED);
            Recovery recovery = run(group, lost, false);
            if (isForced) {
                group = settle(group, parts[at + 1]);
                recovery = run(group, lost, true);
            }
            if (before == null) {
                verdict = verdicts.first(recovery, point, lost, isForced);
            } else if (isAfterKill) {
                verdict = verdicts.afterKill(recovery, lost, isForced, point, lostBefore);
            } else {
                verdict = verdicts.second(recovery, lost, isForced, before, lostBefore);
            }
            before = recovery;
            lostBefore = lost;
        }
        story.add(verdict.isEmpty() ? "nothing is wrong" : verdict);
        return verdict;
    }

    private List<Box> momentsOf(Recovery recovery, Box group, Box beneath) {
        int[] base = new int[world.pageCount()];
        group.image(new int[group.listed()], base);
        CrashPoints crash =
                new CrashPoints(world.pool(), base, group, options.shape().logicalBlockLength());
        if (beneath != null) {
            crash.over(beneath, world::deviceOf);
        }
        return crash.passAll(recovery.events());
    }

    private Box settle(Box box, String choices) {
        int[] chosen = StateName.choices(choices);
        if (chosen.length != box.listed()) {
            throw new IndexOutOfBoundsException("choices=" + choices + " pages=" + box.listed());
        }
        for (int i = 0; i < chosen.length; i++) {
            if (box.contents(i).length > 1) {
                String choice = chosen[i] < 0 ? "not looked at" : "content " + chosen[i];
                story.add("  " + place(box.page(i)) + ": " + choice + " of " + box.contents(i).length);
            }
        }
        return box.narrowed(chosen);
    }

    private Recovery run(Box group, int lost, boolean isForced) {
        int[] image = new int[world.pageCount()];
        int[] first = new int[group.listed()];
        Arrays.fill(first, -1);
        group.image(first, image);
        Recovery recovery = runner.run(image, lost, isForced);
        story.add((isForced ? "forced start: " : "start: ")
                + recovery.outcome()
                + (recovery.message().isEmpty() ? "" : ": " + recovery.message()));
        int[] events = recovery.events();
        for (int at = 0; at < events.length; at += TraceLog.eventLength(events, at)) {
            if (events[at] == TraceLog.WRITE_BEGAN) {
                story.add("  write " + place(events[at + 4]) + " pages=" + events[at + 3]);
            } else if (events[at] == TraceLog.FLUSH_ENDED) {
                story.add("  flush ended");
            } else if (events[at] == TraceLog.FLUSH_BEGAN) {
                story.add("  flush " + world.device(events[at + 2]).name());
            }
        }
        return recovery;
    }

    private String place(int page) {
        int device = world.deviceOf(page);
        return world.device(device).name() + " offset="
                + (long) (page - world.firstPage(device)) * PagePool.PAGE_LENGTH;
    }

    private String names(int lost) {
        List<String> names = new ArrayList<>();
        for (int slot = 0; slot < site.shape().memberCount(); slot++) {
            if ((lost >>> slot & 1) != 0) {
                names.add(world.device(slot).name());
            }
        }
        return String.join(" ", names);
    }
}

package io.holdfast.raid.metadata;

import io.holdfast.raid.metadata.AssemblyDecision.Input;
import io.holdfast.raid.metadata.AssemblyPlan.JournalState;
import io.holdfast.raid.metadata.DeviceVerdict.Kind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;

/**
 * Decides from what was found on a set of devices which array they make up, who is fresh, which device takes which slot, and
 * whether the array may start. A pure function; the order of the devices does not matter.
 *
 * <p>Members are ranked, never averaged: a device that missed updates, or that any fresher device no longer grants its role,
 * is at best a candidate for a rebuild. One update behind is accepted only while all the fresher devices still call it
 * good: that is what a crash between two superblock writes leaves.
 */
public final class AssemblyPlanner {
    private final AssemblyOptions options;
    private final List<Candidate> all = new ArrayList<>();
    private final Set<Input> inputs = EnumSet.noneOf(Input.class);
    private final List<String> reasons = new ArrayList<>();
    private List<Candidate> members = List.of();
    private Freshness freshness;
    private Superblock reference;
    private Candidate[] slots;
    private BitmapUse bitmap;

    private AssemblyPlanner(List<ExaminedDevice> devices, AssemblyOptions options) {
        this.options = options;
        for (int i = 0; i < devices.size(); i++) {
            all.add(new Candidate(i, devices.get(i)));
        }
    }

    /**
     * Make a plan.
     *
     * @param devices what was found on each device.
     * @param options what the operator asked for.
     * @return the plan; nothing is written.
     */
    public static AssemblyPlan plan(List<ExaminedDevice> devices, AssemblyOptions options) {
        return new AssemblyPlanner(devices, options).plan();
    }

    private AssemblyPlan plan() {
        setAsideTheUnusable();
        chooseArray();
        if (freshness == null || freshness.isEmpty()) {
            return planWithoutArray();
        }
        reference = freshness.freshest().superblock;
        List<CarriedFeature> carried;
        if (!SuperblockCheck.isParityLevel(reference.level())) {
            refuseOtherLevel();
            carried = List.of();
        } else {
            slots = new Candidate[reference.raidDisks()];
            if (freshness.isSplit()) {
                conflict(freshness.splitClause() + ".");
            }
            members.forEach(this::judge);
            members.stream().sorted(byIdentity()).forEach(this::seat);
            members.stream().sorted(byIdentity()).forEach(this::takeOver);
            if (reference.hasFeature(SuperblockFeature.BITMAP)) {
                useBitmap();
            }
            if (options.force()) {
                forceStaleMembers();
            }
            carried = CarriedFeature.of(featureMap());
            carried.forEach(feature -> {
                inputs.add(feature.refused() ? Input.UNSUPPORTED : Input.LIMITED);
                reasons.add("The array cannot be " + (feature.refused() ? "opened: " : "written to: ")
                        + feature.sentence() + ".");
            });
        }
        return decide(carried);
    }

    private void setAsideTheUnusable() {
        for (Candidate candidate : all) {
            if (!candidate.device.isValid()) {
                candidate.kind = Kind.valueOf(candidate.device.verdict().name());
                candidate.sentence = candidate.device.reason();
                if (candidate.kind != Kind.UNREADABLE) {
                    notWanted(candidate.sentence);
                }
            }
        }
        TreeMap<String, Candidate> byName = new TreeMap<>();
        for (Candidate candidate : all) {
            Candidate earlier = byName.putIfAbsent(candidate.name(), candidate);
            if (earlier != null) {
                candidate.decide(Kind.DUPLICATE, "is listed twice");
                conflict(candidate.name() + " is listed twice; list each device once.");
            }
        }
    }

    /** The array is the one asked for, else the one of most devices; the rest is set aside. */
    private void chooseArray() {
        TreeMap<String, List<Candidate>> arrays = new TreeMap<>();
        for (Candidate candidate : all) {
            if (candidate.kind == null) {
                arrays.computeIfAbsent(candidate.superblock.setUuidText(), uuid -> new ArrayList<>())
                        .add(candidate);
            }
        }
        String chosen = options.uuid();
        if (chosen == null) {
            int most = 0;
            for (var entry : arrays.entrySet()) {
                if (entry.getValue().size() > most) {
                    most = entry.getValue().size();
                    chosen = entry.getKey();
                }
            }
        }
        for (var entry : arrays.entrySet()) {
            if (entry.getKey().equals(chosen)) {
                members = entry.getValue();
            } else {
                for (Candidate candidate : entry.getValue()) {
                    candidate.decide(Kind.OTHER_ARRAY, "belongs to another array, " + entry.getKey());
                    if (options.uuid() == null) {
                        notWanted(
                                candidate.name() + " belongs to another array, " + entry.getKey() + "; leave it out.");
                    }
                }
            }
        }
        dropCopies();
        freshness = new Freshness(members.stream().filter(c -> c.kind == null).toList());
    }

    /** Of devices of the same number only the freshest counts: the others were replaced by it, or are copies of it. */
    private void dropCopies() {
        TreeMap<Integer, List<Candidate>> byNumber = new TreeMap<>();
        for (Candidate candidate : members) {
            byNumber.computeIfAbsent(candidate.superblock.deviceNumber(), number -> new ArrayList<>())
                    .add(candidate);
        }
        for (List<Candidate> sameNumber : byNumber.values()) {
            sameNumber.sort(Comparator.comparing(Candidate::events, Long::compareUnsigned)
                    .reversed()
                    .thenComparing(Candidate::name));
            Candidate kept = sameNumber.get(0);
            for (Candidate candidate : sameNumber.subList(1, sameNumber.size())) {
                candidate.decide(
                        Kind.DUPLICATE,
                        "has the same device number " + candidate.superblock.deviceNumber() + " as " + kept.name());
                if (candidate.events() == kept.events()) {
                    conflict(kept.name() + " and " + candidate.name() + " are both device "
                            + candidate.superblock.deviceNumber()
                            + " and equally fresh: one is a copy of the other; leave one out.");
                }
            }
        }
    }

    private AssemblyPlan planWithoutArray() {
        for (Candidate candidate : members) {
            if (candidate.kind == null) {
                candidate.decide(
                        candidate.role() == Role.FAULTY ? Kind.FAULTY : Kind.SPARE,
                        "is a " + Role.describe(candidate.role()) + " of an array none of whose members is here");
            }
        }
        inputs.add(Input.CONFLICT);
        reasons.add(0, "None of the devices is a member of an array that could be started.");
        return new AssemblyPlan(
                null,
                verdicts(),
                JournalState.NOT_USED,
                SuperblockDescriptor.MAX_SECTOR,
                AssemblyDecision.of(inputs),
                List.of(),
                String.join(" ", reasons),
                null,
                null);
    }

    private void refuseOtherLevel() {
        inputs.add(Input.UNSUPPORTED);
        reasons.add(0, "The array is of level " + reference.level() + "; Holdfast does levels 4, 5 and 6.");
        slots = new Candidate[0];
        for (Candidate candidate : members) {
            if (candidate.kind == null) {
                candidate.decide(Kind.MISMATCH, "is a member of an array of level " + candidate.superblock.level());
            }
        }
    }

    /** What one device of the array is, by itself and by what the fresh say of it. */
    private void judge(Candidate candidate) {
        if (candidate.kind != null) {
            return;
        }
        candidate.eventsBehind = freshness.eventsBehind(candidate);
        int role = candidate.role();
        candidate.slot = Role.isSlot(role) ? role : -1;
        String difference = difference(candidate.superblock);
        if (difference != null) {
            if (candidate.eventsBehind > 1 || !candidate.isWitness()) {
                candidate.decide(Kind.STALE, "is stale, " + behind(candidate) + ", and has another " + difference);
            } else {
                candidate.decide(
                        Kind.MISMATCH,
                        "disagrees with " + freshness.freshest().name() + " about the array's " + difference);
                conflict("The superblock on " + candidate.name() + " doesn't match others: it has another " + difference
                        + ".");
            }
        } else if (candidate.isWitness()) {
            judgeWitness(candidate);
        } else {
            judgeSpare(candidate);
        }
    }

    private void judgeSpare(Candidate candidate) {
        int number = candidate.superblock.deviceNumber();
        if (candidate.role() == Role.FAULTY) {
            candidate.decide(Kind.FAULTY, "is marked as failed");
        } else if (reference.role(number) == Role.FAULTY) {
            candidate.decide(
                    Kind.FAULTY, "is called failed by " + freshness.freshest().name());
        } else if (candidate.superblock.dataSizeSectors() < reference.sizeSectors()) {
            candidate.decide(
                    Kind.TOO_SMALL,
                    "is a spare with " + candidate.superblock.dataSizeSectors()
                            + " sectors for data where members need " + reference.sizeSectors());
        } else {
            candidate.decide(Kind.SPARE, "spare");
        }
    }

    private void judgeWitness(Candidate candidate) {
        Candidate denier = freshness.denier(candidate);
        Candidate reported = freshness.reportedAsFailed(candidate);
        String what = Role.describe(candidate.role());
        if (freshness.isSplit() && candidate.eventsBehind == 0) {
            candidate.decide(Kind.OTHER_HISTORY, what + " in one of two histories that cannot be told apart");
        } else if (reported != null && (candidate.eventsBehind > 0 || denier != null)) {
            candidate.decide(
                    Kind.OTHER_HISTORY,
                    "was " + what + ", " + behind(candidate) + ", and "
                            + (candidate.isUnknown(reported)
                                    ? "does not know " + reported.name()
                                            + " for a member: it is older than that, or went on without it"
                                    : "reports " + reported.name() + " as failed: it went on without it"));
        } else if (candidate.eventsBehind > 1) {
            candidate.decide(Kind.STALE, "was " + what + ", is stale: " + behind(candidate));
        } else if (denier != null) {
            int saidRole = denier.superblock.role(candidate.superblock.deviceNumber());
            candidate.decide(
                    Kind.STALE,
                    "was " + what + ", is stale: " + behind(candidate) + ", and " + denier.name() + " calls it "
                            + (saidRole == Role.SPARE ? "removed" : Role.describe(saidRole)));
        } else if (candidate.role() == Role.JOURNAL) {
            candidate.decide(Kind.JOURNAL, "journal" + slightlyBehind(candidate));
        } else if (candidate.superblock.hasFeature(SuperblockFeature.REPLACEMENT)) {
            candidate.recoveredSectors = candidate.isRecovering() ? 0 : reference.sizeSectors();
            candidate.decide(Kind.REPLACEMENT, "is to replace the device of " + what + ", and will be filled anew");
        } else if (candidate.isRecovering()) {
            candidate.recoveredSectors = recovered(candidate.superblock);
            candidate.decide(
                    Kind.RECOVERING,
                    what + ", rebuilt up to member sector " + candidate.recoveredSectors + slightlyBehind(candidate));
        } else {
            candidate.recoveredSectors = reference.sizeSectors();
            candidate.decide(Kind.IN_SYNC, what + ", in sync" + slightlyBehind(candidate));
        }
    }

    private long recovered(Superblock superblock) {
        long offset = superblock.recoveryOffsetSectors();
        return offset < 0 || offset > reference.sizeSectors() ? 0 : offset & -8L;
    }

    /** Give a device its slot, unless there already is one. Of journals there may be several: copies of each other. */
    private void seat(Candidate candidate) {
        if (candidate.kind != Kind.IN_SYNC && candidate.kind != Kind.RECOVERING) {
            return;
        }
        Candidate other = slots[candidate.slot];
        if (other == null || (other.kind == Kind.RECOVERING && candidate.kind == Kind.IN_SYNC)) {
            slots[candidate.slot] = candidate;
            if (other != null) {
                other.decide(
                        Kind.DUPLICATE,
                        "was being rebuilt into slot " + other.slot + ", which has " + candidate.name());
            }
        } else {
            if (candidate.kind == other.kind) {
                conflict(other.name() + " and " + candidate.name() + " both claim slot " + candidate.slot + ".");
            }
            candidate.decide(Kind.DUPLICATE, "claims slot " + candidate.slot + ", which has " + other.name());
        }
    }

    /** Take in the least stale members, all of the same count together, until there are enough. */
    private void forceStaleMembers() {
        while (missingCount() > SuperblockCheck.parityCount(reference.level())) {
            List<Candidate> usable = members.stream()
                    .filter(c -> c.kind == Kind.STALE
                            && c.hasSlot()
                            && !c.isRecovering()
                            && !c.superblock.hasFeature(SuperblockFeature.REPLACEMENT)
                            && difference(c.superblock) == null
                            && isVacant(c.slot))
                    .sorted(Comparator.comparing(Candidate::events, Long::compareUnsigned)
                            .reversed()
                            .thenComparing(byIdentity()))
                    .toList();
            if (usable.isEmpty()) {
                return;
            }
            long vintage = usable.get(0).events();
            for (Candidate candidate : usable) {
                if (candidate.events() == vintage && isVacant(candidate.slot)) {
                    Candidate displaced = slots[candidate.slot];
                    if (displaced != null) {
                        displaced.decide(
                                Kind.DUPLICATE,
                                "was being rebuilt into slot " + displaced.slot + ", which is forced to "
                                        + candidate.name());
                    }
                    slots[candidate.slot] = candidate;
                    candidate.recoveredSectors = reference.sizeSectors();
                    candidate.decide(
                            Kind.FORCED,
                            "slot " + candidate.slot + ", forced although " + behind(candidate)
                                    + ": what was written since then reads as it was before");
                    reasons.add("Forcing event count in " + candidate.name() + " (slot " + candidate.slot + ") from "
                            + Long.toUnsignedString(candidate.events()) + " up to "
                            + Long.toUnsignedString(reference.events())
                            + ": what was written to its slot after it failed is lost, and blocks computed with it may be"
                            + " wrong.");
                }
            }
        }
    }

    private AssemblyPlan decide(List<CarriedFeature> carried) {
        JournalState journalState = journalState();
        long resyncOffset = sensibleResyncOffset();
        if (journalState == JournalState.GIVEN_UP) {
            // A stripe that was being written has parity that does not fit, and only the log knew which.
            resyncOffset = 0;
            reasons.add(AssemblySentences.JOURNAL_GIVEN_UP);
        }
        if (slots.length > 0) {
            int missing = missingCount();
            if (missing > 0) {
                inputs.add(Input.DEGRADED);
            }
            if (missing > SuperblockCheck.parityCount(reference.level())) {
                inputs.add(Input.TOO_FEW);
            }
            if (isMissingAnExpectedDevice() && !options.run() && !options.force()) {
                inputs.add(Input.INCOMPLETE);
            }
        }
        if (journalState == JournalState.MISSING || journalState == JournalState.STALE) {
            inputs.add(Input.JOURNAL_LOST);
        }
        // With its journal, an array that waits for a resync has no write in doubt: what was being written is replayed.
        // That it lacks a member as well is no reason to be asked again.
        boolean isSettledByJournal = journalState == JournalState.PRESENT && inputs.contains(Input.DEGRADED);
        if (resyncOffset != SuperblockDescriptor.MAX_SECTOR && !isSettledByJournal) {
            inputs.add(Input.DIRTY);
        }
        if (options.force()) {
            inputs.add(Input.FORCE);
        }
        if (options.readOnly()) {
            inputs.add(Input.READ_ONLY);
        }
        sayWhichCopiesAreMissing(journalState);
        AssemblyDecision decision = AssemblyDecision.of(inputs);
        if (AssemblyPlan.isParityLeftInDoubt(decision, missingCount(), reference.level())) {
            reasons.add(AssemblySentences.PARITY_LEFT_IN_DOUBT);
        }
        ArrayIdentity identity = ArrayIdentity.of(reference, featureMap());
        String where = bitmap == null
                ? "from member sector " + resyncOffset + " on"
                : "in " + bitmap.extent() + ", as the bitmap says" + bitmap.caveat();
        String sentence =
                AssemblySentences.of(decision, missingSlotClauses(), identity.raidDisks(), journalState, where);
        if (!sentence.isEmpty()) {
            reasons.add(0, sentence);
        }
        return new AssemblyPlan(
                SuperblockCheck.isParityLevel(reference.level()) ? identity : null,
                verdicts(),
                journalState,
                resyncOffset,
                decision,
                carried,
                String.join(" ", reasons),
                reference,
                bitmap);
    }

    /**
     * Believe the bitmap of the first member that is complete and current: every bit that counts is set on all of them. Then
     * take back whom it brings up to date.
     */
    private void useBitmap() {
        Candidate source = null;
        String problem = "is on no member that is in sync";
        for (Candidate candidate : slots) {
            if (candidate == null || candidate.kind != Kind.IN_SYNC) {
                continue;
            }
            if (candidate.device.bitmap() == null
                    || !candidate.device.bitmapProblem().isEmpty()) {
                problem = candidate.device.bitmapProblem() + ", on " + candidate.name();
            } else if (source == null || candidate.eventsBehind < source.eventsBehind) {
                source = candidate;
            }
        }
        if (source == null) {
            inputs.add(Input.LIMITED);
            reasons.add("The array cannot be written to: its write-intent bitmap " + problem + ".");
            return;
        }
        Bitmap found = source.device.bitmap();
        // Somebody has used the array and did not keep the bitmap: what it does not call dirty may be so all the same.
        boolean isStale = found.isStale() || Long.compareUnsigned(found.events(), reference.events()) < 0;
        bitmap = new BitmapUse(
                source.index,
                source.superblock,
                isStale,
                found.chunkLength(),
                found.bitCount(),
                isStale ? found.bitCount() : found.dirtyCount());
        for (Candidate candidate : members) {
            if (candidate.kind == Kind.RECOVERING) {
                // Unless bits were cleared after it was complete, as all others say, and it has forgotten that it was.
                candidate.byBitmap = candidate.superblock.hasFeature(SuperblockFeature.RECOVERY_BITMAP)
                        && Bitmap.covers(found.eventsCleared(), candidate.superblock);
            }
        }
        // With too few members to start, whoever is stale may have to be forced in as it is.
        if (!isStale && missingCount() <= SuperblockCheck.parityCount(reference.level())) {
            members.stream().sorted(byIdentity()).forEach(candidate -> takeBack(candidate, found));
        }
    }

    /**
     * A replacement that is complete, where the device that it was to replace is not believed any more: whoever calls that one
     * failed did so when this one was complete, and the superblock that says so did not reach it.
     */
    private void takeOver(Candidate candidate) {
        if (candidate.kind == Kind.REPLACEMENT && !candidate.isRecovering() && slots[candidate.slot] == null) {
            slots[candidate.slot] = candidate;
            candidate.recoveredSectors = reference.sizeSectors();
            candidate.decide(
                    Kind.IN_SYNC,
                    "slot " + candidate.slot + ", in sync: it was filled to take it" + slightlyBehind(candidate));
        }
    }

    /** A member that was away gets its slot back, if that is free, and the bits tell all that it missed. */
    private void takeBack(Candidate candidate, Bitmap found) {
        if (candidate.kind != Kind.STALE
                || !candidate.hasSlot()
                || slots[candidate.slot] != null
                || candidate.superblock.hasFeature(SuperblockFeature.REPLACEMENT)
                || difference(candidate.superblock) != null
                || !Bitmap.covers(found.eventsCleared(), candidate.superblock)) {
            return;
        }
        slots[candidate.slot] = candidate;
        candidate.byBitmap = true;
        candidate.recoveredSectors = 0;
        candidate.decide(
                Kind.RECOVERING,
                "slot " + candidate.slot + ", was away and is " + behind(candidate)
                        + ": it has missed no more than the bitmap says, and will be brought up to date in "
                        + bitmap.extent());
    }

    /** A mark beyond the end of the members says nothing that could be relied upon. */
    private long sensibleResyncOffset() {
        long offset = freshness.resyncOffsetSectors();
        if (offset == SuperblockDescriptor.MAX_SECTOR) {
            return offset;
        }
        return offset < 0 || offset > reference.sizeSectors() ? 0 : offset & -8L;
    }

    private JournalState journalState() {
        if (!reference.hasFeature(SuperblockFeature.JOURNAL)) {
            return JournalState.NOT_USED;
        }
        JournalState state = JournalState.MISSING;
        for (Candidate candidate : members) {
            if (candidate.kind == Kind.JOURNAL) {
                return JournalState.PRESENT;
            }
            if (candidate.kind == Kind.STALE && candidate.role() == Role.JOURNAL) {
                state = JournalState.STALE;
            }
        }
        return options.withoutJournal() ? JournalState.GIVEN_UP : state;
    }

    private void sayWhichCopiesAreMissing(JournalState state) {
        long present = members.stream().filter(c -> c.kind == Kind.JOURNAL).count();
        int listed = reference.countOf(Role.JOURNAL);
        if (state == JournalState.PRESENT && present < listed) {
            reasons.add("Of " + listed + " copies of the journal " + present + (present == 1 ? " is" : " are")
                    + " here: nothing is lost, but add another.");
        }
    }

    /** For each missing slot what is known of it. */
    private List<String> missingSlotClauses() {
        List<String> clauses = new ArrayList<>();
        for (int slot = 0; slot < slots.length; slot++) {
            if (isVacant(slot)) {
                StringBuilder clause = new StringBuilder("slot " + slot);
                Candidate recovering = slots[slot];
                if (recovering != null) {
                    clause.append(" (").append(recovering.name()).append(" is rebuilt up to member sector ");
                    clause.append(recovering.recoveredSectors).append(')');
                }
                for (Candidate candidate : members) {
                    if (candidate.slot == slot
                            && (candidate.kind == Kind.STALE || candidate.kind == Kind.OTHER_HISTORY)) {
                        clause.append(" (").append(candidate.name()).append(" is ");
                        clause.append(behind(candidate)).append(')');
                    }
                }
                clauses.add(clause.toString());
            }
        }
        return clauses;
    }

    private boolean isMissingAnExpectedDevice() {
        for (int number = 0; number < reference.roleCount(); number++) {
            int role = reference.role(number);
            if (role < slots.length && slots[role] == null) {
                return true;
            }
        }
        return false;
    }

    private boolean isVacant(int slot) {
        return slots[slot] == null || slots[slot].kind == Kind.RECOVERING;
    }

    private int missingCount() {
        int missing = 0;
        for (int slot = 0; slot < slots.length; slot++) {
            missing += isVacant(slot) ? 1 : 0;
        }
        return missing;
    }

    /** The features of the fresh, and those that the devices in use have for themselves. */
    private int featureMap() {
        int features = 0;
        for (Candidate witness : freshness.witnesses()) {
            features |= witness.superblock.featureMap();
        }
        features |= reference.featureMap();
        features &= ~AssemblyPlan.DEVICE_FEATURES;
        for (Candidate candidate : members) {
            boolean used = candidate.kind == Kind.IN_SYNC
                    || candidate.kind == Kind.FORCED
                    || candidate.kind == Kind.RECOVERING;
            if (used) {
                features |= candidate.superblock.featureMap() & AssemblyPlan.DEVICE_FEATURES;
            }
        }
        return features;
    }

    private String difference(Superblock superblock) {
        if (superblock.creationTime() != reference.creationTime()) {
            return "creation time";
        }
        if (superblock.level() != reference.level()) {
            return "level";
        }
        if (superblock.layout() != reference.layout()) {
            return "layout";
        }
        if (superblock.sizeSectors() != reference.sizeSectors()) {
            return "size";
        }
        if (superblock.chunkSectors() != reference.chunkSectors()) {
            return "chunk";
        }
        return superblock.raidDisks() != reference.raidDisks() ? "number of devices" : null;
    }

    private void notWanted(String sentence) {
        if (options.run() || options.force()) {
            return;
        }
        conflict(sentence);
    }

    private void conflict(String sentence) {
        inputs.add(Input.CONFLICT);
        reasons.add(sentence);
    }

    private List<DeviceVerdict> verdicts() {
        return all.stream().map(Candidate::verdict).toList();
    }

    private static Comparator<Candidate> byIdentity() {
        return Comparator.comparingInt((Candidate c) -> c.superblock.deviceNumber())
                .thenComparing(Candidate::name);
    }

    private static String behind(Candidate candidate) {
        if (candidate.eventsBehind == 0) {
            return "of the newest count";
        }
        return Long.toUnsignedString(candidate.eventsBehind)
                + (candidate.eventsBehind == 1 ? " update behind" : " updates behind");
    }

    private static String slightlyBehind(Candidate candidate) {
        return candidate.eventsBehind == 0 ? "" : " (one update behind, which the fresher superblocks allow)";
    }
}

#!/usr/bin/perl
# guest-launch.pl PROGRAM ARGUMENT...: run a User-Mode Linux kernel on processors whose registers it cannot hold.
#
# User-Mode Linux 6.1 keeps the extended registers of its processes in a buffer of fixed size. The host insists on the
# whole set being written back at once, and on processors with AMX the set is larger than that buffer, so that the guest's
# first process dies ("ptrace set fp regs failed, errno = 14"). A kernel that finds no way to ask for the extended set
# uses the older, smaller one and runs well. So this program takes the way to ask away, with a system call filter that
# answers ENODEV to ptrace(PTRACE_GETREGSET or PTRACE_SETREGSET, ..., NT_X86_XSTATE, ...), and becomes the kernel.
use strict;
use warnings;

use constant {
    SYS_PRCTL             => 157,
    PR_SET_NO_NEW_PRIVS   => 38,
    PR_SET_SECCOMP        => 22,
    SECCOMP_MODE_FILTER   => 2,
    RET_ALLOW             => 0x7fff0000,
    RET_ENODEV            => 0x00050000 | 19,
    LOAD_WORD             => 0x20,
    JUMP_EQUAL            => 0x15,
    RETURN                => 0x06,
    ARCHITECTURE_X86_64   => 0xc000003e,
    SYS_PTRACE            => 101,
    NT_X86_XSTATE         => 0x202,
    OFFSET_NUMBER         => 0,
    OFFSET_ARCHITECTURE   => 4,
    OFFSET_REQUEST        => 16,
    OFFSET_NOTE_TYPE      => 32,
};

my @program = (
    [LOAD_WORD,  0, 0, OFFSET_ARCHITECTURE],
    [JUMP_EQUAL, 0, 8, ARCHITECTURE_X86_64],
    [LOAD_WORD,  0, 0, OFFSET_NUMBER],
    [JUMP_EQUAL, 0, 6, SYS_PTRACE],
    [LOAD_WORD,  0, 0, OFFSET_NOTE_TYPE],
    [JUMP_EQUAL, 0, 4, NT_X86_XSTATE],
    [LOAD_WORD,  0, 0, OFFSET_REQUEST],
    [JUMP_EQUAL, 1, 0, 0x4204],
    [JUMP_EQUAL, 0, 1, 0x4205],
    [RETURN,     0, 0, RET_ENODEV],
    [RETURN,     0, 0, RET_ALLOW],
);
my $filter = join '', map { pack 'SCCL', @$_ } @program;
my $descriptor = pack 'Sx![P]P', scalar @program, $filter;

syscall(SYS_PRCTL, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 or die "guest-launch: cannot give up privileges: $!\n";
syscall(SYS_PRCTL, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, $descriptor, 0, 0) == 0
    or die "guest-launch: cannot install the system call filter: $!\n";
exec { $ARGV[0] } @ARGV or die "guest-launch: cannot run $ARGV[0]: $!\n";

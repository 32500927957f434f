/** What was typed, turned into what is meant: mdadm's options, read left to right as mdadm reads them. */
package io.holdfast.cli.option;

/** Watching running arrays: what has happened between two looks, and who is told. */
package io.holdfast.cli.monitor;

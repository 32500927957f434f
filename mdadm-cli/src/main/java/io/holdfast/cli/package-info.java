/** The holdfast command: turns words into a request, a request into an array, an array into text. */
package io.holdfast.cli;

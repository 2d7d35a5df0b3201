package keymanager.java;

/** What is asked for, as it crosses. */
abstract class Request {
    abstract void write(Wire.Writer out);
}

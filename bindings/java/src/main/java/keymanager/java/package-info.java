/**
 * keymanager for Java: encrypt to a certificate with {@link keymanager.java.Envelopes}, run a key hierarchy and decrypt with {@link
 * keymanager.java.KeyManager}, lend it a store ({@link keymanager.java.HostStore}) or master keys ({@link
 * keymanager.java.HostMaster}) of your own. Every error is a {@link keymanager.java.KeyManagerException}. Unless it says so, an
 * argument that is null is a {@link java.lang.NullPointerException}.
 */
package keymanager.java;

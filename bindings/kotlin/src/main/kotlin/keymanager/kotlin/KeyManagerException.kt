package keymanager.kotlin

import keymanager.generated.FacadeFailure

/**
 * An error of the library: a row of its error table (docs/errors.md), and a sentence. The subclass says who must act.
 * It never holds a secret.
 */
sealed class KeyManagerException(row: FacadeFailure.Failed) : Exception("${row.number} ${row.name}: ${row.detail}") {
    /** The stable number; 99 for a panic that was caught. */
    val number: Int = row.number.toInt()

    /** The stable name, in snake_case. */
    val name: String = row.name

    /** The exit status the command line ends with on this error. */
    val exit: Int = row.exit.toInt()

    /** The code the MOSIP key manager answers in the same situation. */
    val mosipCode: String? = row.mosipCode

    /** The sentence that names what was wrong. */
    val detail: String = row.detail

    /** What whoever meets the error can do next. */
    val next: String = row.next

    /** The caller gave something that cannot be, or used what was closed. */
    class Misuse internal constructor(row: FacadeFailure.Failed) : KeyManagerException(row)

    /** Bytes that are not what they should be. */
    class Malformed internal constructor(row: FacadeFailure.Failed) : KeyManagerException(row)

    /** A key, a record or a file that is not there. */
    class NotFound internal constructor(row: FacadeFailure.Failed) : KeyManagerException(row)

    /** A certificate or a signature that is not to be trusted. */
    class NotTrusted internal constructor(row: FacadeFailure.Failed) : KeyManagerException(row)

    /** Refused by a policy or by whoever decides. */
    class Refused internal constructor(row: FacadeFailure.Failed) : KeyManagerException(row)

    /** The one answer to whatever fails after a key was found. */
    class DecryptionFailed internal constructor(row: FacadeFailure.Failed) : KeyManagerException(row)

    /** Store, master backend or file failed. */
    class Backend internal constructor(row: FacadeFailure.Failed) : KeyManagerException(row)

    /** A defect of the library. */
    class Bug internal constructor(row: FacadeFailure.Failed) : KeyManagerException(row)

    internal companion object {
        fun of(row: FacadeFailure.Failed): KeyManagerException = when (row.category) {
            "misuse" -> Misuse(row)
            "malformed" -> Malformed(row)
            "not_found" -> NotFound(row)
            "not_trusted" -> NotTrusted(row)
            "refused" -> Refused(row)
            "decryption_failed" -> DecryptionFailed(row)
            "backend" -> Backend(row)
            else -> Bug(row)
        }

        fun closed(): KeyManagerException = Misuse(
            FacadeFailure.Failed(1001u, "invalid_argument", "misuse", 2u, null, "this handle was closed", "open another one"),
        )

        /** Its text stays inside: nobody has read what it may hold (BND-6). */
        fun panic(): KeyManagerException = Bug(
            FacadeFailure.Failed(99u, "panic", "bug", 1u, null, "a panic was caught at the boundary", "report it"),
        )
    }
}

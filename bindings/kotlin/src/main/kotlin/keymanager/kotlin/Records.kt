/** The records and the contracts of hosts: those of the facade (docs/bindings.md), under one roof with the rest. */
package keymanager.kotlin

typealias BackupReport = keymanager.generated.BackupReport
typealias Checked = keymanager.generated.Checked
typealias CopyReport = keymanager.generated.CopyReport
typealias DamagedRow = keymanager.generated.DamagedRow
typealias DoctorFinding = keymanager.generated.DoctorFinding
typealias DoctorReport = keymanager.generated.DoctorReport
typealias DoctorRequest = keymanager.generated.DoctorRequest
typealias EnvelopeOptions = keymanager.generated.EnvelopeOptions
typealias FilePlaces = keymanager.generated.FilePlaces
typealias GeneratedKeys = keymanager.generated.GeneratedKeys
typealias HostAccess = keymanager.generated.HostAccess
typealias HostAccessRequest = keymanager.generated.HostAccessRequest
typealias HostAudit = keymanager.generated.HostAudit
typealias HostAuditEvent = keymanager.generated.HostAuditEvent
typealias HostAuditKey = keymanager.generated.HostAuditKey
typealias HostChange = keymanager.generated.HostChange
typealias HostChangeKind = keymanager.generated.HostChangeKind
typealias HostChangeSet = keymanager.generated.HostChangeSet
typealias HostDirection = keymanager.generated.HostDirection
typealias HostExpectedScope = keymanager.generated.HostExpectedScope
typealias HostHash = keymanager.generated.HostHash
typealias HostKeyKind = keymanager.generated.HostKeyKind
typealias HostMaster = keymanager.generated.HostMaster
typealias HostMasterCapabilities = keymanager.generated.HostMasterCapabilities
typealias HostMasterEntry = keymanager.generated.HostMasterEntry
typealias HostMasterPage = keymanager.generated.HostMasterPage
typealias HostOaep = keymanager.generated.HostOaep
typealias HostPage = keymanager.generated.HostPage
typealias HostProgress = keymanager.generated.HostProgress
typealias HostQuery = keymanager.generated.HostQuery
typealias HostRow = keymanager.generated.HostRow
typealias HostSelect = keymanager.generated.HostSelect
typealias HostSignInput = keymanager.generated.HostSignInput
typealias HostSignature = keymanager.generated.HostSignature
typealias HostStore = keymanager.generated.HostStore
typealias HostStoreCapabilities = keymanager.generated.HostStoreCapabilities
typealias HostTable = keymanager.generated.HostTable
typealias InspectCertificate = keymanager.generated.InspectCertificate
typealias InspectField = keymanager.generated.InspectField
typealias InspectFinding = keymanager.generated.InspectFinding
typealias InspectReport = keymanager.generated.InspectReport
typealias Key = keymanager.generated.Key
typealias KeyCertificate = keymanager.generated.KeyCertificate
typealias KeyCsr = keymanager.generated.KeyCsr
typealias KeyObject = keymanager.generated.KeyObject
typealias KeyQuery = keymanager.generated.KeyQuery
typealias KeyRequest = keymanager.generated.KeyRequest
typealias ManagerOptions = keymanager.generated.ManagerOptions
typealias MasterChoice = keymanager.generated.MasterChoice
typealias ObjectRequest = keymanager.generated.ObjectRequest
typealias Policy = keymanager.generated.Policy
typealias PolicyRequest = keymanager.generated.PolicyRequest
typealias Pool = keymanager.generated.Pool
typealias RewrapReport = keymanager.generated.RewrapReport
typealias RewrapRequest = keymanager.generated.RewrapRequest
typealias SignedReport = keymanager.generated.SignedReport
typealias StoreChoice = keymanager.generated.StoreChoice
typealias Subject = keymanager.generated.Subject
typealias TableCopy = keymanager.generated.TableCopy
typealias Transferred = keymanager.generated.Transferred

/** How an envelope is made or read: the layout by name, the caller's additional data, the caller's salt of 12 or 16 bytes. */
fun envelopeOptions(layout: String? = null, aad: ByteArray = ByteArray(0), salt: ByteArray? = null) =
    EnvelopeOptions(layout, aad, salt)

/** Attributes of a subject; what is null comes from the configuration, or from the key's certificate. */
fun subject(
    commonName: String? = null,
    organizationalUnit: String? = null,
    organization: String? = null,
    location: String? = null,
    state: String? = null,
    country: String? = null,
) = Subject(commonName, organizationalUnit, organization, location, state, country)

/** Where records are kept. */
object Stores {
    /** The embedded store: the path of its file. */
    fun sqlite(path: String): StoreChoice = keymanager.generated.StoreChoice.Sqlite(path)

    /** The PostgreSQL database of a MOSIP key manager: `postgresql://USER@HOST/DATABASE?…`, without a password. */
    fun postgres(address: String, password: ByteArray? = null, readFrom: String? = null): StoreChoice =
        keymanager.generated.StoreChoice.Postgres(address, password, readFrom)

    /** A store written in Kotlin. Its methods may be called from any thread, and must not call the library. */
    fun host(store: HostStore): StoreChoice = keymanager.generated.StoreChoice.Host(store)
}

/** Where master keys are kept. Arrays with secrets belong to the caller, who wipes them. */
object Masters {
    /** A PKCS#12 file, with its passphrase in printable ASCII. */
    fun keyFile(path: String, passphrase: ByteArray): MasterChoice =
        keymanager.generated.MasterChoice.KeyFile(path, passphrase)

    /** A PKCS#11 token: its RFC 7512 address with `module-path`, and its PIN. A wrong one is tried once. */
    fun token(uri: String, pin: ByteArray): MasterChoice = keymanager.generated.MasterChoice.Token(uri, pin)

    /** A master backend written in Kotlin: a KMS, the Android Keystore. */
    fun host(master: HostMaster): MasterChoice = keymanager.generated.MasterChoice.Host(master)
}

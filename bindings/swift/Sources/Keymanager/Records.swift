import KeyManagerGenerated

// What is answered about keys, policies, pools and findings. Members and words are those of the command line's JSON
// (docs/command-line.md); times are RFC 3339 in UTC.

public typealias Key = KeyManagerGenerated.Key
public typealias GeneratedKeys = KeyManagerGenerated.GeneratedKeys
public typealias KeyCertificate = KeyManagerGenerated.KeyCertificate
public typealias KeyCsr = KeyManagerGenerated.KeyCsr
public typealias KeyObject = KeyManagerGenerated.KeyObject
public typealias Policy = KeyManagerGenerated.Policy
public typealias Pool = KeyManagerGenerated.Pool
public typealias DoctorReport = KeyManagerGenerated.DoctorReport
public typealias DoctorFinding = KeyManagerGenerated.DoctorFinding
public typealias Checked = KeyManagerGenerated.Checked
public typealias InspectReport = KeyManagerGenerated.InspectReport
public typealias InspectField = KeyManagerGenerated.InspectField
public typealias InspectFinding = KeyManagerGenerated.InspectFinding
public typealias InspectCertificate = KeyManagerGenerated.InspectCertificate

public typealias SignedReport = KeyManagerGenerated.SignedReport
public typealias DamagedRow = KeyManagerGenerated.DamagedRow
public typealias RewrapReport = KeyManagerGenerated.RewrapReport
public typealias TableCopy = KeyManagerGenerated.TableCopy
public typealias CopyReport = KeyManagerGenerated.CopyReport
public typealias BackupReport = KeyManagerGenerated.BackupReport

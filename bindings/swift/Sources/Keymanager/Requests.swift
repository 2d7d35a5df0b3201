import KeyManagerGenerated

/// The kinds of key that can be made.
public enum KeyKind: String, CaseIterable, Sendable {
    case rsa, aes, secp256k1, ed25519
    case ecP256 = "ec-p256"
}

/// What a master or signing key is asked for as.
public enum ObjectType: String, CaseIterable, Sendable {
    case certificate = "CERTIFICATE"
    case csr = "CSR"
}

/// Attributes of a certificate's subject; what is nil comes from the configuration, or from the key's certificate.
public struct Subject: Hashable, Sendable {
    public var commonName, organizationalUnit, organization, location, state, country: String?

    public init(
        commonName: String? = nil, organizationalUnit: String? = nil, organization: String? = nil,
        location: String? = nil, state: String? = nil, country: String? = nil
    ) {
        self.commonName = commonName
        self.organizationalUnit = organizationalUnit
        self.organization = organization
        self.location = location
        self.state = state
        self.country = country
    }

    var facade: KeyManagerGenerated.Subject {
        KeyManagerGenerated.Subject(
            commonName: commonName, organizationalUnit: organizationalUnit, organization: organization,
            location: location, state: state, country: country)
    }
}

/// Which keys to list.
public struct KeyQuery: Hashable, Sendable {
    /// Of this application only.
    public var app: String?
    /// With this reference id only; blank means master keys.
    public var reference: String?
    /// Expired and revoked ones too.
    public var all: Bool

    public init(app: String? = nil, reference: String? = nil, all: Bool = false) {
        self.app = app
        self.reference = reference
        self.all = all
    }

    var facade: KeyManagerGenerated.KeyQuery {
        KeyManagerGenerated.KeyQuery(app: app, reference: reference, all: all)
    }
}

/// A change of a policy; what is nil stays as it is, or has its default in a new policy.
public struct PolicyChange: Hashable, Sendable {
    public var app: String
    /// How long the application's keys are valid, in days.
    public var validityDays: Int16?
    /// How many days before its end a key is renewed.
    public var preExpireDays: Int16?
    /// Whether the policy is in force.
    public var active: Bool?
    /// The users who may decrypt: `NA` for everybody, or names with commas.
    public var accessAllowed: String?

    public init(
        app: String, validityDays: Int16? = nil, preExpireDays: Int16? = nil, active: Bool? = nil,
        accessAllowed: String? = nil
    ) {
        self.app = app
        self.validityDays = validityDays
        self.preExpireDays = preExpireDays
        self.active = active
        self.accessAllowed = accessAllowed
    }

    var facade: PolicyRequest {
        PolicyRequest(
            app: app, validityDays: validityDays, preExpireDays: preExpireDays, active: active,
            accessAllowed: accessAllowed)
    }
}

/// What a doctor looks at besides store and master backend, and what a repair may remove.
public struct DoctorOptions: Hashable, Sendable {
    /// In a repair: aliases of master keys without a record that are removed. No other is.
    public var remove: [String]
    /// Folders in which temporary files of a crash are looked for: those of the store and of the key file.
    public var folders: [String]

    public init(remove: [String] = [], folders: [String] = []) {
        self.remove = remove
        self.folders = folders
    }

    var facade: DoctorRequest { DoctorRequest(remove: remove, folders: folders) }
}

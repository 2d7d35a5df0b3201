package keymanager.java;

import java.util.List;

/** What the doctor found (docs/doctor.md). */
public final class DoctorReport {
    private final List<DoctorFinding> findings;
    private final Checked checked;

    DoctorReport(Wire.Reader from) {
        this.findings = from.list(DoctorFinding::new);
        this.checked = new Checked(from);
    }

    /** {@return the findings, in the order in which they were found} */
    public List<DoctorFinding> findings() {
        return findings;
    }

    /** {@return what was looked at} */
    public Checked checked() {
        return checked;
    }

    @Override
    public String toString() {
        return "DoctorReport[findings=" + findings + ", checked=" + checked + "]";
    }
}

package peer;

import io.mosip.kernel.keymanagerservice.KeymanagerBootApplication;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

/** The application as it is, on a port that it says on its standard output, until its standard input ends. */
public final class Service {
    public static void main(String[] arguments) throws Exception {
        ConfigurableApplicationContext context = SpringApplication.run(KeymanagerBootApplication.class, arguments);
        System.out.println("listening on " + context.getEnvironment().getProperty("local.server.port"));
        while (System.in.read() >= 0) {
            // Nothing is said there; its end is the end of whoever started this.
        }
        System.exit(0);
    }
}

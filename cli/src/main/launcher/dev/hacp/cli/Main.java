package dev.hacp.cli;

import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;

/** Where {@code java -jar hacp.jar} enters. Compiled for Java 8, so that an older Java reads it and says what is needed. */
public final class Main {

    private static final int NEEDED = 25;

    private Main() {}

    public static void main(String[] args) throws Throwable {
        if (feature(System.getProperty("java.specification.version", "0")) < NEEDED) {
            refuse(System.err);
            System.exit(1);
        }
        try {
            // By name: this class must load where the others cannot.
            Class.forName("dev.hacp.cli.Hacp").getMethod("main", String[].class).invoke(null, (Object) args);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    private static void refuse(PrintStream out) {
        out.println("hacp needs Java " + NEEDED + " or newer; this is Java " + System.getProperty("java.version") + " ("
                + System.getProperty("java.home") + "): install a Java " + NEEDED
                + " runtime, such as Eclipse Temurin " + NEEDED + " (package temurin-" + NEEDED
                + "-jre), and start hacp with its bin/java");
    }

    /** "1.8" is 8, "17" is 17. */
    static int feature(String specificationVersion) {
        String text = specificationVersion.startsWith("1.") ? specificationVersion.substring(2) : specificationVersion;
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            return 0;
        }
    }
}

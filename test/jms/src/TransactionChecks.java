import jakarta.jms.JMSConsumer;
import jakarta.jms.JMSContext;
import jakarta.jms.Message;
import jakarta.jms.Queue;
import jakarta.jms.Topic;
import java.util.List;

/** Local transactions. */
final class TransactionChecks {
  static void addTo(Suite suite) {
    suite.check("[6.2.7] what is sent in a transaction comes when it is committed, and never when it is rolled back", client -> {
      JMSContext outside = client.context();
      Queue queue = outside.createQueue(Client.name());
      JMSConsumer consumer = outside.createConsumer(queue);
      JMSContext transacted = client.context(JMSContext.SESSION_TRANSACTED);
      transacted.createProducer().send(queue, "no");
      transacted.rollback();
      transacted.createProducer().send(queue, "one").send(queue, "two");
      Client.nothing(consumer);
      transacted.commit();
      Client.equal(List.of("one", "two"), Client.nextTexts(consumer, 2));
      Client.nothing(consumer);
    });

    suite.check("[6.2.7] what is received in a transaction comes again when it is rolled back, and counts", client -> {
      JMSContext outside = client.context();
      Queue queue = outside.createQueue(Client.name());
      for (int i = 1; i <= 3; i++) outside.createProducer().send(queue, "m" + i);
      JMSContext transacted = client.context(JMSContext.SESSION_TRANSACTED);
      JMSConsumer consumer = transacted.createConsumer(queue);
      Client.equal(List.of("m1", "m2"), Client.nextTexts(consumer, 2));
      transacted.rollback();
      Message again = Client.next(consumer);
      Client.equal("m1", again.getBody(String.class));
      Client.equal(2, again.getIntProperty("JMSXDeliveryCount"));
      Client.equal(List.of("m2", "m3"), Client.nextTexts(consumer, 2));
      transacted.commit();
      transacted.close();
      Client.nothing(outside.createConsumer(queue));
    });

    suite.check("[6.2.7] receiving from one queue and sending to another is one act", client -> {
      JMSContext outside = client.context();
      Queue from = outside.createQueue(Client.name());
      Queue to = outside.createQueue(Client.name());
      outside.createProducer().send(from, "work");
      JMSConsumer results = outside.createConsumer(to);
      JMSContext transacted = client.context(JMSContext.SESSION_TRANSACTED);
      JMSConsumer work = transacted.createConsumer(from);
      transacted.createProducer().send(to, "done: " + Client.nextText(work));
      transacted.rollback();
      Client.nothing(results);
      transacted.createProducer().send(to, "done again: " + Client.nextText(work));
      transacted.commit();
      Client.equal("done again: work", Client.nextText(results));
      transacted.close();
      Client.nothing(outside.createConsumer(from));
    });

    suite.check("[6.2.7] a transaction that is left open when its connection closes is rolled back", client -> {
      JMSContext outside = client.context();
      Queue queue = outside.createQueue(Client.name());
      outside.createProducer().send(queue, "kept");
      JMSContext transacted = client.context(JMSContext.SESSION_TRANSACTED);
      Client.equal("kept", Client.nextText(transacted.createConsumer(queue)));
      transacted.createProducer().send(queue, "lost");
      transacted.close();
      JMSConsumer consumer = outside.createConsumer(queue);
      Client.equal("kept", Client.nextText(consumer));
      Client.nothing(consumer);
    });

    suite.check("[6.2.7] a transaction reaches queues, topics and durable subscriptions alike", client -> {
      JMSContext outside = client.context(JMSContext.AUTO_ACKNOWLEDGE, Client.name(), "");
      Queue queue = outside.createQueue(Client.name());
      Topic topic = outside.createTopic(Client.name());
      JMSConsumer subscriber = outside.createConsumer(topic);
      JMSConsumer durable = outside.createDurableConsumer(topic, "sub");
      JMSContext transacted = client.context(JMSContext.SESSION_TRANSACTED);
      transacted.createProducer().send(queue, "queue").send(topic, "topic");
      Client.nothing(subscriber);
      transacted.commit();
      Client.equal("queue", Client.nextText(outside.createConsumer(queue)));
      Client.equal("topic", Client.nextText(subscriber));
      Client.equal("topic", Client.nextText(durable));
    });

    suite.check("[6.2.7] a hundred transactions of ten messages come whole and in order", client -> {
      JMSContext outside = client.context();
      Queue queue = outside.createQueue(Client.name());
      JMSContext transacted = client.context(JMSContext.SESSION_TRANSACTED);
      for (int i = 0; i < 100; i++) {
        for (int j = 0; j < 10; j++) transacted.createProducer().send(queue, i + "-" + j);
        if (i % 3 == 2) transacted.rollback();
        else transacted.commit();
      }
      JMSConsumer consumer = outside.createConsumer(queue);
      for (int i = 0; i < 100; i++)
        for (int j = 0; j < 10 && i % 3 != 2; j++) Client.equal(i + "-" + j, Client.nextText(consumer));
      Client.nothing(consumer);
    });
  }
}
